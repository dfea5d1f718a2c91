"""A job as clients see it, and whenever it changes."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from prodcat.serve.jobs.records import MOVING, Job
from prodcat.serve.service import Service

LOOK_S = 0.3
BEAT_S = 10.0


async def follow(service: Service, job_id: str) -> AsyncIterator[bytes]:
    """Yield events of a job."""
    before, quiet_s = None, 0.0
    while (job := service.jobs.get(job_id)) is not None:
        data = shown(job)
        if data != before:
            before, quiet_s = data, 0.0
            text = json.dumps(data, ensure_ascii=True)
            yield f"event: job\ndata: {text}\n\n".encode()
        if job.state not in MOVING or service.draining:
            return
        await asyncio.sleep(LOOK_S)
        quiet_s += LOOK_S
        if quiet_s > BEAT_S:
            quiet_s = 0.0
            yield b": still there\n\n"


def shown(job: Job) -> dict[str, Any]:
    """Return a job as clients see it."""
    data = job.to_dict()
    del data["suffix"]
    return data
