"""Links among the folders that a stage writes to, checked before its work and not by DVC after it."""

import os
from pathlib import Path

from pipeline_lib.core.errors import UserError


def check_link(target: Path, folder: bool) -> None:
    """Raise UserError where `target`, a folder or a file to write, would be lost for its link or be refused by DVC.

    A link in the place of a folder cannot be replaced by one. DVC, which names its repository in DVC_ROOT, tracks no
    file that a link puts outside of it. A link in the place of a file is replaced by the file.
    """
    if folder and target.is_symlink():
        raise UserError(
            f"cannot write the folder {target}: it is a link to {os.readlink(target)}: remove the link, or name "
            "another folder"
        )
    root, path = os.environ.get("DVC_ROOT"), Path(os.path.abspath(target))
    if not root or not path.is_relative_to(root) or path.parent.resolve().is_relative_to(Path(root).resolve()):
        return
    link = next(parent for parent in reversed(path.parents) if parent.is_relative_to(root) and parent.is_symlink())
    raise UserError(
        f"cannot write {target}: {link} is a link to {link.resolve()}, outside the repository, where DVC tracks "
        "nothing: make it a folder; to keep large files on another disk, run dvc cache dir FOLDER and dvc config "
        "cache.type symlink"
    )
