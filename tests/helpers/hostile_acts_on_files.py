"""Hostile acts on files, with the layer that refuses each."""

import os
from pathlib import Path

from tests.helpers.sandbox_env import ENV, libc, refused_by

# -------------------------------------------------------------------------------------- file tree


@refused_by("landlock")
def reads_outside():
    return (ENV.outside / "secret").read_text()


@refused_by("landlock")
def reads_by_another_way():
    return (ENV.inside / ".." / "outside" / "secret").read_text()


@refused_by("landlock")
def reads_through_a_link():
    return (ENV.inside / "link").read_text()


@refused_by("landlock")
def reads_relative_to_a_folder():
    folder = os.open(ENV.outside, os.O_PATH)
    return os.read(os.open("secret", os.O_RDONLY, dir_fd=folder), 10)


@refused_by("landlock")
def lists_outside():
    return os.listdir(ENV.outside)


@refused_by("landlock")
def lists_the_root():
    return os.listdir("/")


@refused_by("landlock")
def lists_from_inside_of_it():
    os.chdir(ENV.outside)
    return os.listdir(".")


@refused_by("landlock")
def reads_its_environment():
    return Path("/proc/self/environ").read_bytes()


@refused_by("landlock")
def reads_the_command_of_another():
    return Path(f"/proc/{ENV.victim}/cmdline").read_bytes()


@refused_by("landlock")
def reads_the_users():
    return Path("/etc/passwd").read_text()


@refused_by("landlock")
def writes_outside():
    (ENV.outside / "secret").write_text("changed")


@refused_by("landlock")
def appends_outside():
    with open(ENV.outside / "secret", "a") as file:
        file.write("more")


@refused_by("landlock")
def makes_a_file_outside():
    (ENV.outside / f"new-{os.getpid()}").touch()


@refused_by("landlock")
def makes_a_folder_outside():
    (ENV.outside / f"folder-{os.getpid()}").mkdir()


@refused_by("landlock", "seccomp")
def cuts_a_file_off():
    os.truncate(ENV.outside / "secret", 0)


@refused_by("landlock", "seccomp")
def cuts_a_file_off_by_opening():
    os.close(os.open(ENV.outside / "readable", os.O_RDONLY | os.O_TRUNC))


@refused_by("landlock", "seccomp")
def cuts_a_file_off_without_reading():
    os.close(os.open(ENV.outside / "readable", 3 | os.O_TRUNC))


@refused_by("landlock")
def removes_outside():
    os.unlink(ENV.outside / "spare")


@refused_by("landlock")
def renames_outside():
    os.rename(ENV.outside / "spare", ENV.outside / "renamed")


@refused_by(landlock="EXDEV")
def links_into_its_folder():
    os.link(ENV.outside / "secret", ENV.inside / f"hard-{os.getpid()}")


@refused_by("landlock")
def makes_a_symbolic_link():
    os.symlink(ENV.outside / "secret", ENV.inside / f"soft-{os.getpid()}")


@refused_by("landlock", "seccomp")
def makes_a_pipe_with_a_name():
    os.mkfifo(ENV.inside / f"fifo-{os.getpid()}")


@refused_by("landlock")
def hides_a_file():
    path = ENV.inside / f"hidden-{os.getpid()}"
    with open(path, "wb") as file:
        path.unlink()
        file.write(bytes(1000))


@refused_by("landlock")
def hides_a_file_by_renaming():
    for name in ("a", "b"):
        (ENV.inside / f"{name}-{os.getpid()}").touch()
    os.replace(ENV.inside / f"a-{os.getpid()}", ENV.inside / f"b-{os.getpid()}")


@refused_by("seccomp")
def opens_a_file_without_a_name():
    os.close(os.open(ENV.inside, os.O_TMPFILE | os.O_RDWR))


@refused_by("seccomp")
def changes_modes():
    os.chmod(ENV.outside / "secret", 0o777)


@refused_by("seccomp")
def changes_times():
    os.utime(ENV.outside / "secret", (0, 0))


@refused_by("seccomp")
def changes_an_owner():
    os.chown(ENV.outside / "secret", os.getuid(), os.getgid())


@refused_by("seccomp")
def sets_an_attribute():
    os.setxattr(ENV.outside / "secret", "user.note", b"1")


@refused_by("seccomp")
def watches_files():
    os.close(libc("inotify_init1", 0))
