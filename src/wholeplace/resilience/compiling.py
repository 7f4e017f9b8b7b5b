"""The engine that simulates, to be compiled ahead; light to import, unlike the engine."""

from __future__ import annotations

from wholeplace.compiling import Compiling

ENGINE = Compiling("wholeplace.resilience.simulate.engine:compile_engine", "trial.run_trials-*.nbc")
