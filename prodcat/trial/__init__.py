"""How models do on a table of labelled products from anywhere."""

from prodcat.trial.evaluating import EvaluateOptions, evaluate
from prodcat.trial.result import Evaluation, ModelResult
from prodcat.trial.writing import write_evaluation

__all__ = ["EvaluateOptions", "Evaluation", "ModelResult", "evaluate", "write_evaluation"]
