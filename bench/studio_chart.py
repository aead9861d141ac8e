"""How long the studio takes to draw 100,000 points: from new data to the drawn picture.

In: nothing; a run with so many rows is made up in a temporary folder. Out: one line for each chart,
milliseconds of a redraw, measured in Chromium by the page's own clock. Needs the built pages.

    python bench/studio_chart.py [--points 100000] [--redraws 20]
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
GOAL_MS = 200.0


def make_run(runs: Path, name: str, num_rows: int, seed: int) -> None:
    """A run whose loss falls, with `num_rows` rows."""
    drawn = random.Random(seed)
    folder = runs / name / "pretrain"
    folder.mkdir(parents=True)
    (runs / name / "recipe.toml").write_text(f'name = "{name}"\n', encoding="utf-8")
    with (folder / "metrics.jsonl").open("w", encoding="utf-8") as file:
        for step in range(1, num_rows + 1):
            loss = 2.5 + 6 * math.exp(-5 * step / num_rows) + drawn.gauss(0, 0.1)
            row = {"step": step, "time": step / 10, "train/tokens": 512 * step, "train/loss": loss}
            file.write(json.dumps(row) + "\n")


REDRAW = """
async count => {
  const slider = document.querySelector('input[type=range]');
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
  const took = [];
  for (let turn = 0; turn < count; turn += 1) {
    await frame();
    const start = performance.now();
    set.call(slider, turn % 2 ? '0.5' : '0.9');
    slider.dispatchEvent(new Event('input', {bubbles: true}));
    await frame();
    took.push(performance.now() - start);
  }
  return took;
}
"""


def measure(page: Any, address: str, redraws: int) -> list[float]:
    """Milliseconds from a moved slider (everything is smoothed, thinned, joined and drawn anew) to
    the end of the next frame."""
    page.goto(address)
    page.locator("canvas").first.wait_for()
    page.wait_for_timeout(1500)
    return [float(one) for one in page.evaluate(REDRAW, redraws)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--redraws", type=int, default=20)
    asked = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs"
        make_run(runs, "one", asked.points, 0)
        for index in range(5):
            make_run(runs, f"part{index}", asked.points // 5, index)
        command = [sys.executable, "-m", "yanmo", "studio", str(runs), "--no-open", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as studio:
            assert studio.stdout is not None
            found = re.search(r"(http://\S+)/\?(token=\S+)", studio.stdout.readline())
            assert found is not None, "the studio has printed no address"
            try:
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(
                        executable_path=CHROMIUM, args=list(ARGUMENTS)
                    )
                    page = browser.new_page(viewport={"width": 1280, "height": 900})
                    page.goto(f"{found[1]}/?{found[2]}")
                    parts = "/".join(f"part{index}" for index in range(5))
                    for label, chosen in (("one run", "one"), ("five runs", parts)):
                        took = measure(page, f"{found[1]}/?runs={chosen}", asked.redraws)
                        print(
                            f"{label}, {asked.points:,} points: median"
                            f" {statistics.median(took):.0f} ms, worst {max(took):.0f} ms"
                            f" (goal {GOAL_MS:.0f} ms)",
                            flush=True,
                        )
                    browser.close()
            finally:
                studio.terminate()


if __name__ == "__main__":
    main()
