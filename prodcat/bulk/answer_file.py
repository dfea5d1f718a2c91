"""The answers of a bulk run: written in parts, which become one file at the end.

While a run lasts, its finished parts lie in the hidden folder ``.OUT.parts`` beside
OUT. Each is written under a temporary name and renamed, so that a part that is there
is whole, and a run that was killed goes on behind its last part.
"""

import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from prodcat.bulk.answers import part_schema
from prodcat.bulk.outputs.kinds import output_kind, output_suffix
from prodcat.errors import InputError, one_line, require
from prodcat.files import lock_file, whole, write_whole
from prodcat.inputs.plain_files import is_owned, kind_of
from prodcat.product import PathLike
from prodcat.tables.stores import is_address, is_stored, upload

MANIFEST = "manifest.json"
LOCK = "lock"
OF_A_RUN = re.compile(r"lock|manifest\.json|part-\d{5,}\.parquet|.*\.tmp", re.DOTALL)
"""The files in a folder of parts."""


class AnswerFile:
    """The file OUT, while it is being written.

    Args:
        output: Where OUT shall be.
        manifest: All that the answers depend on, as plain data. Parts that were written
            under another manifest are thrown away.
    """

    def __init__(self, output: Path, manifest: Mapping[str, Any]) -> None:
        self.output = output
        self.folder = output.parent / f".{output.name}.parts"
        # As it will be read back, with lists for tuples: the two are held against each other.
        self.manifest = json.loads(json.dumps(manifest))
        self.parts = 0
        self.rows = 0
        """The last row of the input that is in the finished parts; the first is 1."""
        self._useless: list[Path] = []
        self._lock: IO[bytes] | None = None

    def open(self) -> str | None:
        """Find the parts that an earlier run left, or begin afresh.

        Parts that cannot be used are there until the first new one, in case this run fails.

        Returns:
            Why parts that were there cannot be used; None when there were none, or they can.

        Raises:
            InputError: If OUT cannot be written, or another process is writing it.
        """
        with writing(self.output):
            refuse_strange(self.folder)
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = lock_file(self.folder / LOCK)
            if self._lock is None:
                raise InputError(f"{self.output} is being written by another run; wait for it.")
            # Nobody else writes here now, so these are of a run that was killed. One that was
            # joining its parts left a file as large as OUT.
            for file in self.folder.glob("*.tmp"):
                shutil.rmtree(file) if file.is_dir() else file.unlink()
            earlier = self._earlier_manifest()
            if earlier == self.manifest:
                self._count_parts()
                return None
            if leftovers := [file for file in self.folder.iterdir() if file.name != LOCK]:
                self._useless = leftovers
                return _difference(earlier, self.manifest)
            self._begin()
            return None

    def close(self) -> None:
        """Let other runs write it."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _begin(self) -> None:
        for file in self._useless:
            file.unlink()
        self._useless = []
        write_whole(self.folder / MANIFEST, json.dumps(self.manifest, indent=1).encode())

    def write_part(self, tables: Sequence[Any]) -> None:
        """Write the answers that follow those of the parts so far, from `answer_table`."""
        if self._useless:
            with writing(self.output):
                self._begin()
        parquet = require("pyarrow.parquet", extra="bulk")
        table = require("pyarrow", extra="bulk").concat_tables(tables)
        with writing(self.output), whole(self._part(self.parts)) as temporary:
            parquet.write_table(table, temporary, compression="zstd")
        self.parts += 1
        self.rows = table["row"][-1].as_py()

    def finish(self, write: Callable[[Path, Iterator[Any]], None]) -> None:
        """Let OUT appear, all at once, and remove the parts.

        Args:
            write: Makes a file of the parts' Arrow tables.
        """
        with writing(self.output):
            # In the folder of parts, which a killed run leaves behind anyway, not beside OUT.
            with whole(self.output, folder=self.folder) as temporary:
                write(temporary, self._tables())
            # The lock lies in the folder, and some systems remove no file that is open.
            self.close()
            shutil.rmtree(self.folder)

    def _tables(self) -> Iterator[Any]:
        parquet = require("pyarrow.parquet", extra="bulk")
        for index in range(self.parts):
            # Each thread that read would keep some memory of its own.
            yield parquet.read_table(self._part(index), use_threads=False)
        if not self.parts:
            yield part_schema().empty_table()

    def _count_parts(self) -> None:
        parquet = require("pyarrow.parquet", extra="bulk")
        arrow = require("pyarrow", extra="bulk")
        # To the first that is missing: rows are in order, so those behind it are answered anew.
        while (part := self._part(self.parts)).exists():
            try:
                rows = parquet.read_table(part, columns=["row"], use_threads=False)["row"]
            except arrow.ArrowException:  # such as after a power cut: write it again
                break
            self.rows = rows[-1].as_py()
            self.parts += 1

    def _earlier_manifest(self) -> Any:
        try:
            return json.loads((self.folder / MANIFEST).read_bytes())
        except FileNotFoundError:
            return None
        except ValueError:
            # Not None: there are parts, and nobody knows of what.
            return {}

    def _part(self, index: int) -> Path:
        return self.folder / f"part-{index:05}.parquet"


@contextmanager
def answer_file(output: PathLike, manifest: Mapping[str, Any]) -> Iterator[AnswerFile]:
    """Give OUT for writing; if it is an address, the finished file goes there at the end.

    Raises:
        InputError: If it cannot be written there; then it says where the answers are kept.
    """
    if not is_address(output):
        with closing(AnswerFile(Path(output), manifest)) as file:
            yield file
        return
    # Where the same command finds its parts again.
    folder = user_cache() / "answers" / sha256(str(output).encode()).hexdigest()[:32]
    file = AnswerFile(folder / f"answers{output_suffix(output)}", manifest)
    try:
        yield file
        try:
            upload(file.output, str(output))
        except InputError as error:
            raise InputError(f"{error} The answers are kept in {file.output}.") from error
        shutil.rmtree(folder)
    finally:
        file.close()


def refuse_strange(folder: Path) -> None:
    """Refuse a folder of parts that no run of ours made.

    Its name can be guessed: whoever made it first could have its files removed, or ours written
    elsewhere.

    Raises:
        InputError: If it is a link, somebody else's, or has files that are none of a run's.
    """
    if not os.path.lexists(folder):
        return
    status = folder.lstat()
    reason = ""
    if not stat.S_ISDIR(status.st_mode):
        reason = f"is {kind_of(status.st_mode)}"
    elif not is_owned(status):
        reason = "is another user's"
    elif strange := sorted(f.name for f in folder.iterdir() if not OF_A_RUN.fullmatch(f.name)):
        reason = f"has files that no run left there, such as {strange[0]}"
    if reason:
        raise InputError(
            f"{folder}, where the parts of an unfinished run would lie, {reason}. Move it away."
        )


def remove_rests(output: Path) -> None:
    """Remove the parts of a run that was killed after its OUT was there."""
    folder = output.parent / f".{output.name}.parts"
    try:
        refuse_strange(folder)
        parts = [file.stat().st_mtime_ns for file in folder.glob("part-*")]
        # Newer ones are of a run that is to write OUT again, and may be going on.
        if not folder.is_dir() or max(parts, default=0) > output.stat().st_mtime_ns:
            return
        if (lock := lock_file(folder / LOCK)) is not None:
            lock.close()
            shutil.rmtree(folder)
    except (InputError, OSError):
        return  # what cannot be removed does no harm


def user_cache() -> Path:
    """Return the folder of this user for what can be made again."""
    named = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(named) if named else Path.home() / ".cache") / "prodcat"


def check_output(output: PathLike, *, overwrite: bool) -> None:
    """Refuse an OUT that must not or cannot be written.

    Raises:
        InputError: If it is of no kind that we write, or is there already.
        MissingDependencyError: If a library that its kind takes is not installed.
    """
    output_kind(output)
    file = Path(output)
    if not is_address(output) and file.is_dir():
        raise InputError(f"{output} is a folder; name a file to write the answers to.")
    exists = is_stored(str(output)) if is_address(output) else file.exists()
    if exists and not overwrite:
        if not is_address(output):
            remove_rests(file)
        raise InputError(
            f"{output} is there already, so this run has finished before."
            " Use another name, or --overwrite (overwrite=True) to write it again."
        )


@contextmanager
def writing(output: Path) -> Iterator[None]:
    """Say in one line why OUT cannot be written: no such folder, no right, no space."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or one_line(error)
        raise InputError(f"{output} cannot be written: {reason}.") from error


def _difference(before: Any, now: Mapping[str, Any]) -> str:
    """Name what changed since the earlier parts were written."""
    if not isinstance(before, dict) or before.keys() != now.keys():
        return "the earlier parts were written by another version"
    changed = [key for key in now if before[key] != now[key]]
    return f"the {' and the '.join(changed)} changed since"
