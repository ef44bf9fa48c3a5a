"""Reads a Dockerfile and .dockerignore, as far as this project uses their syntax."""

import json
import re
from dataclasses import dataclass, field


@dataclass
class Instruction:
    """One instruction: `COPY --from=packages a b` has the flag `from` and the words `a` and `b`."""

    keyword: str
    flags: dict[str, str]
    value: str

    @property
    def words(self):
        return json.loads(self.value) if self.value.startswith("[") else self.value.split()


@dataclass
class Stage:
    name: str
    base: str
    instructions: list[Instruction] = field(default_factory=list)

    def value(self, keyword):
        """The value of the last instruction with this keyword."""
        return [part for part in self.instructions if part.keyword == keyword][-1].value

    def command(self, keyword="CMD"):
        """The program of CMD or HEALTHCHECK, with its arguments."""
        return json.loads(re.search(r"\[.*\]", self.value(keyword))[0])


def read_stages(text):
    """The stages by name, in their order."""
    stages = {}
    for line in _logical_lines(text):
        keyword, value = line.split(maxsplit=1)
        if keyword == "FROM":
            base, name = re.fullmatch(r"(\S+) AS (\S+)", value).groups()
            stages[name] = Stage(name, base)
        else:
            flags = {}
            while match := re.match(r"--([a-z-]+)=(\S+)\s+", value):
                flags[match[1]] = match[2]
                value = value[match.end() :]
            list(stages.values())[-1].instructions.append(Instruction(keyword, flags, value))
    return stages


def _logical_lines(text):
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines()


def is_ignored(path, patterns):
    """Whether .dockerignore excludes a relative path: the last pattern that fits decides."""
    ignored = False
    for line in patterns.splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            expression = re.escape(pattern.removeprefix("!"))
            expression = expression.replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
            if re.fullmatch(f"{expression}(?:/.*)?", str(path)):
                ignored = not pattern.startswith("!")
    return ignored
