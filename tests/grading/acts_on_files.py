"""What a hostile program would do to files, and which wall refuses it."""

import os
from pathlib import Path

from there import THERE, libc, refused_by

# -------------------------------------------------------------------------------------- file tree


@refused_by("landlock")
def reads_outside():
    return (THERE.outside / "secret").read_text()


@refused_by("landlock")
def reads_by_another_way():
    return (THERE.inside / ".." / "outside" / "secret").read_text()


@refused_by("landlock")
def reads_through_a_link():
    return (THERE.inside / "link").read_text()


@refused_by("landlock")
def reads_relative_to_a_folder():
    folder = os.open(THERE.outside, os.O_PATH)
    return os.read(os.open("secret", os.O_RDONLY, dir_fd=folder), 10)


@refused_by("landlock")
def lists_outside():
    return os.listdir(THERE.outside)


@refused_by("landlock")
def lists_the_root():
    return os.listdir("/")


@refused_by("landlock")
def lists_from_inside_of_it():
    os.chdir(THERE.outside)
    return os.listdir(".")


@refused_by("landlock")
def reads_its_environment():
    return Path("/proc/self/environ").read_bytes()


@refused_by("landlock")
def reads_the_command_of_another():
    return Path(f"/proc/{THERE.victim}/cmdline").read_bytes()


@refused_by("landlock")
def reads_the_users():
    return Path("/etc/passwd").read_text()


@refused_by("landlock")
def writes_outside():
    (THERE.outside / "secret").write_text("changed")


@refused_by("landlock")
def appends_outside():
    with open(THERE.outside / "secret", "a") as file:
        file.write("more")


@refused_by("landlock")
def makes_a_file_outside():
    (THERE.outside / f"new-{os.getpid()}").touch()


@refused_by("landlock")
def makes_a_folder_outside():
    (THERE.outside / f"folder-{os.getpid()}").mkdir()


@refused_by("landlock", "seccomp")
def cuts_a_file_off():
    os.truncate(THERE.outside / "secret", 0)


@refused_by("landlock", "seccomp")
def cuts_a_file_off_by_opening():
    os.close(os.open(THERE.outside / "readable", os.O_RDONLY | os.O_TRUNC))


@refused_by("landlock", "seccomp")
def cuts_a_file_off_without_reading():
    os.close(os.open(THERE.outside / "readable", 3 | os.O_TRUNC))


@refused_by("landlock")
def removes_outside():
    os.unlink(THERE.outside / "spare")


@refused_by("landlock")
def renames_outside():
    os.rename(THERE.outside / "spare", THERE.outside / "renamed")


@refused_by(landlock="EXDEV")
def links_into_its_folder():
    os.link(THERE.outside / "secret", THERE.inside / f"hard-{os.getpid()}")


@refused_by("landlock")
def makes_a_symbolic_link():
    os.symlink(THERE.outside / "secret", THERE.inside / f"soft-{os.getpid()}")


@refused_by("landlock", "seccomp")
def makes_a_pipe_with_a_name():
    os.mkfifo(THERE.inside / f"fifo-{os.getpid()}")


@refused_by("landlock")
def hides_a_file():
    path = THERE.inside / f"hidden-{os.getpid()}"
    with open(path, "wb") as file:
        path.unlink()
        file.write(bytes(1000))


@refused_by("landlock")
def hides_a_file_by_renaming():
    for name in ("a", "b"):
        (THERE.inside / f"{name}-{os.getpid()}").touch()
    os.replace(THERE.inside / f"a-{os.getpid()}", THERE.inside / f"b-{os.getpid()}")


@refused_by("seccomp")
def opens_a_file_without_a_name():
    os.close(os.open(THERE.inside, os.O_TMPFILE | os.O_RDWR))


@refused_by("seccomp")
def changes_modes():
    os.chmod(THERE.outside / "secret", 0o777)


@refused_by("seccomp")
def changes_times():
    os.utime(THERE.outside / "secret", (0, 0))


@refused_by("seccomp")
def changes_an_owner():
    os.chown(THERE.outside / "secret", os.getuid(), os.getgid())


@refused_by("seccomp")
def sets_an_attribute():
    os.setxattr(THERE.outside / "secret", "user.note", b"1")


@refused_by("seccomp")
def watches_files():
    os.close(libc("inotify_init1", 0))
