"""The service that people write around `prodcat.predict`: FastAPI, and a pool of threads.

``python -m experiments.benchmarks.serving.plain PORT``
"""

import base64
import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from prodcat.inference.predictor import Predictor

app = FastAPI()
predictor = Predictor.load()


class PlainProduct(BaseModel):
    """A product as JSON has it."""

    name: str | None = None
    description: str | None = None
    image: str | None = None


class PlainRequest(BaseModel):
    """The same request as the service's."""

    products: list[PlainProduct]


@app.post("/v1/predict")
def answer(request: PlainRequest) -> dict[str, Any]:
    """Answer; FastAPI runs it in its pool of threads, since it is no coroutine."""
    answers = []
    for product in request.products:
        image = base64.b64decode(product.image) if product.image else None
        answers.append(predictor.predict(product.name, product.description, image).to_dict())
    return {"answers": answers}


if __name__ == "__main__":
    predictor.open()
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", http="httptools")
