"""Local SGD: copies of a model train on their own rows and are averaged now and then.

Between two averages no gradient travels along the replicate axis, which may be a slow link. At an
average the mean change of all copies is taken for a gradient, with which an outer optimiser moves
the weights that all copies began with (Stich 2019; DiLoCo, Douillard et al. 2023, algorithm 1). How
a copy computes its steps is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
import torch.distributed as dist
from torch import nn

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.parallel.config import LocalSgdConfig, ParallelConfig
from yanmo.parallel.gradients import local_tensor
from yanmo.parallel.mesh import Mesh


class LocalSgd:
    """Averages the copies along the replicate axis every `sync_every` steps.

    The outer step is SGD with Nesterov momentum in torch's form: for the mean change d of all
    copies, `m = momentum * m + d` and `anchor = anchor + rate * (d + momentum * m)`. Tensors of the
    inner optimiser are averaged too, so that copies are alike after every average and a checkpoint
    made then holds one of them; the paper (section 4) keeps them apart, to send less.

    Args:
        mesh: of all processes; each calls every method at the same steps.
        model: this process's copy, or its shard of one; alike on all copies now.
        optimizer: of the inner steps.
        config: how often, and the outer step.

    Attributes:
        staleness: inner steps since the last average: how far copies may have gone apart.
    """

    def __init__(
        self,
        mesh: Mesh,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        config: LocalSgdConfig,
    ) -> None:
        assert mesh.config.num_copies > 1, "one copy has nobody to be averaged with"
        self._group = mesh.axis("replicate").get_group()
        self._num_copies = mesh.config.num_copies
        self._parameters = dict(model.named_parameters())
        self._optimizer = optimizer
        self._config = config
        self._anchor = {name: p.detach().clone() for name, p in self._parameters.items()}
        self._momentum = {name: torch.zeros_like(p) for name, p in self._anchor.items()}
        self.staleness = 0

    def after_step(self, step: int, *, is_last: bool = False) -> bool:
        """Count an inner step, and average where it is time to.

        Args:
            step: steps done; averages are after multiples of `sync_every`, so that a resumed run
                has them where an uninterrupted one has.
            is_last: whether training ends here, which must be with an average.

        Returns:
            Whether the copies are alike now, and a checkpoint of one is a checkpoint of all.
        """
        self.staleness += 1
        if step % self._config.sync_every and not is_last:
            return False
        self.average()
        return True

    @torch.no_grad()
    def average(self) -> None:
        """Make all copies alike: the outer step from where they last were."""
        for name, parameter in self._parameters.items():
            anchor = local_tensor(self._anchor[name])
            momentum = local_tensor(self._momentum[name])
            here = local_tensor(parameter.detach())
            change = self._mean(here - anchor)
            momentum.mul_(self._config.outer_momentum).add_(change)
            change.add_(momentum, alpha=self._config.outer_momentum)
            anchor.add_(change, alpha=self._config.outer_learning_rate)
            here.copy_(anchor)
        for tensor in self._optimizer_tensors():
            tensor.copy_(self._mean(tensor))
        self.staleness = 0

    def state_tensors(self) -> dict[str, torch.Tensor]:
        """`anchor.PARAMETER` and `momentum.PARAMETER`, spread as the parameters are."""
        assert not self.staleness, "between two averages every copy is another"
        anchor = {f"anchor.{name}": tensor for name, tensor in self._anchor.items()}
        return anchor | {f"momentum.{name}": tensor for name, tensor in self._momentum.items()}

    @torch.no_grad()
    def load_state_tensors(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Put back what `state_tensors` gave. What was read into those very tensors need not be."""
        for name, own in self.state_tensors().items():
            own.copy_(tensors[name])

    def _mean(self, tensor: torch.Tensor) -> torch.Tensor:
        total = tensor.contiguous().clone()
        dist.all_reduce(total, group=self._group)
        return total.div_(self._num_copies)

    def _optimizer_tensors(self) -> Iterable[torch.Tensor]:
        """The inner optimiser's own numbers, in an order that is the same everywhere; its counts of
        steps are alike already."""
        for parameter in self._parameters.values():
            state = self._optimizer.state.get(parameter, {})
            for key in sorted(state):
                value = state[key]
                if isinstance(value, torch.Tensor) and value.is_floating_point() and value.dim():
                    yield local_tensor(value)


def build_local_sgd(
    mesh: Mesh, model: nn.Module, optimizer: torch.optim.Optimizer
) -> LocalSgd | None:
    """What averages the copies of a run that asks for local steps; None for all others."""
    config = mesh.config.local_sgd
    return None if config is None else LocalSgd(mesh, model, optimizer, config)


def check_local_sgd(
    config: ParallelConfig,
    *,
    checkpoint_every: int,
    validate_every: int,
    steps_of_one_model: Sequence[str] = (),
) -> None:
    """Whether there are copies to average, and whatever looks at the model finds them alike.

    Args:
        config: the degrees, all of them known.
        checkpoint_every: steps between checkpoints.
        validate_every: steps between validations, after which a run may end.
        steps_of_one_model: settings in use that look at every step of one model on the whole batch.

    Raises:
        ConfigError: they would not.
    """
    if config.local_sgd is None:
        return
    if config.num_copies == 1:
        raise ConfigError(
            t("local_sgd averages copies, and there is one"),
            where="parallel.local_sgd",
            hint=t("Set replicate to at least 2, or leave local_sgd out."),
        )
    for name in steps_of_one_model:
        raise ConfigError(
            t("{name} looks at every step, and steps are others on every copy", name=name),
            where="parallel.local_sgd",
            hint=t("Leave one of the two out."),
        )
    every = config.local_sgd.sync_every
    fields = {"checkpoint_every": checkpoint_every, "validate_every": validate_every}
    for name, steps in fields.items():
        if steps % every:
            raise ConfigError(
                t(
                    "{name} = {steps} {steps:step does|steps do} not fall on averages every"
                    " {every} steps",
                    name=f"pretrain.{name}",
                    steps=steps,
                    every=every,
                ),
                where="parallel.local_sgd.sync_every",
                why=t("between two averages every copy is another"),
                hint=t("Make it a multiple of {every}.", every=every),
            )
