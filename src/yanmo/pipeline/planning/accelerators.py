"""What accelerators can do, by the makers' data sheets. Light: numbers only.

Comes in: a name such as `a100-80gb`. Goes out: its numbers. What a run reaches of them is in
`step_time`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Generation = Literal["volta", "ampere", "hopper", "blackwell"]


@dataclass(frozen=True)
class Accelerator:
    """A device: per second, in bytes, watts and one direction of a link.

    Attributes:
        peak_flops: dense, of 16-bit matrix products with 32-bit sums.
        memory_bytes: what the maker calls its memory, in units of 2^30.
        memory_bytes_per_s: bandwidth of that memory.
        link_bytes_per_s: to the other devices of a node, all links together, one direction.
        network_bytes_per_s: to other nodes, as such nodes are usually built.
        power_w: thermal design power.
        source: the data sheet.
    """

    name: str
    generation: Generation
    peak_flops: float
    memory_bytes: int
    memory_bytes_per_s: float
    link_bytes_per_s: float
    network_bytes_per_s: float
    power_w: float
    source: str


_GIB = 2**30


def _device(
    name: str,
    generation: Generation,
    *,
    tera: float,
    gib: int,
    memory: float,
    link: float,
    network: float,
    watts: float,
    source: str,
) -> Accelerator:
    """`memory`, `link` and `network` are 10^9 bytes a second."""
    return Accelerator(
        name,
        generation,
        tera * 1e12,
        gib * _GIB,
        memory * 1e9,
        link * 1e9,
        network * 1e9,
        watts,
        source,
    )


_A100 = "NVIDIA A100 Tensor Core GPU data sheet (2021); DGX A100: 8 x 200 Gbit/s"
_H100 = "NVIDIA H100 Tensor Core GPU data sheet (2023); DGX H100: 8 x 400 Gbit/s"

_ALL = (
    _device(
        "v100-32gb",
        "volta",
        tera=125,
        gib=32,
        memory=900,
        link=150,
        network=12.5,
        watts=300,
        source="NVIDIA V100 data sheet (2020); DGX-2H: 8 x 100 Gbit/s for 16",
    ),
    _device(
        "a100-40gb",
        "ampere",
        tera=312,
        gib=40,
        memory=1555,
        link=300,
        network=25,
        watts=400,
        source=_A100,
    ),
    _device(
        "a100-80gb",
        "ampere",
        tera=312,
        gib=80,
        memory=2039,
        link=300,
        network=25,
        watts=400,
        source=_A100,
    ),
    _device(
        "h100-80gb",
        "hopper",
        tera=989,
        gib=80,
        memory=3350,
        link=450,
        network=50,
        watts=700,
        source=_H100,
    ),
    _device(
        "h100-96gb-500w",
        "hopper",
        tera=989,
        gib=96,
        memory=2400,
        link=450,
        network=50,
        watts=500,
        source="torchtitan, benchmarks of 2024-12: H100 with 96 GB of HBM2e, limited to 500 W",
    ),
    _device(
        "h200",
        "hopper",
        tera=989,
        gib=141,
        memory=4800,
        link=450,
        network=50,
        watts=700,
        source="NVIDIA H200 Tensor Core GPU data sheet (2024)",
    ),
    _device(
        "b200",
        "blackwell",
        tera=2250,
        gib=180,
        memory=8000,
        link=900,
        network=50,
        watts=1000,
        source="NVIDIA DGX B200 data sheet (2024), an eighth of its figures",
    ),
)

ACCELERATORS: Mapping[str, Accelerator] = {device.name: device for device in _ALL}
"""Every device that a cluster can be described with, by its name."""
