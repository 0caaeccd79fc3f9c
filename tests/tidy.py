"""The house rules that a machine can check, over every file of the tree; see docs/style.md.

usage: tidy.py [ROOT]

Prints one line an offence, "file:line: what is wrong", and exits with 1 if there is one. A rule is
a function of the tree (a dict of path to text) that yields (path, line, message); tidy_test.py
shows for each of them that it catches an offender.
"""
import os
import re
import subprocess
import sys
import textwrap

LINE_COLUMNS_MAX = 100
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60

# Known offenders, with the lines they have now: they may shrink, and never grow. Each has a reason.
LONG_FILES = {}
LONG_FUNCTIONS = {}  # "path:name as it stands in the source"

# Where a thing may appear at all. Elsewhere it goes through what is in these files.
ALLOWED = {
    "the Boost libraries": (r"#include <boost/", ["core/src/context.cpp"]),
    "moodycamel": (r"#include <concurrentqueue/", ["core/src/inject_queue.hpp",
                                                   "core/src/inject_queue.cpp"]),
    "spdlog": (r"#include <spdlog/", ["core/src/log.cpp"]),
    "CLI11": (r"#include <CLI/", ["examples/chat/"]),
    "<atomic>": (r"#include <atomic>|\bstd::atomic\b|\bstd::atomic_ref\b", [
        "core/include/greenroom/core/detail/", "core/src/", "tests/"]),
    "detail::Atomic": (r"\bAtomic<", [
        "core/", "tests/", "actors/include/greenroom/actors/detail/cell.hpp",
        "actors/include/greenroom/actors/detail/cell_counts.hpp",
        "actors/include/greenroom/actors/detail/wait_node.hpp",
        "actors/src/bounded_mailbox.hpp"]),
    "thread_local": (r"\bthread_local\b", [
        "core/src/this_thread.", "core/check/os_mutex_check.cpp", "tests/"]),
    "a wait by the wall clock": (
        r"\bthis_thread::sleep_(for|until)\b|\busleep\s*\(|\bnanosleep\s*\(", []),
    "a fence": (r"\batomic_(thread|signal)_fence\b", []),
    "a clock": (r"_clock::now\s*\(|\bclock_gettime\s*\(|\bgettimeofday\s*\(", [
        "core/src/kernel_threads.cpp", "tests/", "examples/"]),
    "a source of randomness": (r"\brandom_device\b|\bgetrandom\s*\(|\bs?rand\s*\(", [
        "core/src/kernel_threads.cpp", "tests/"]),
    "a skipped test": (r"\bGTEST_SKIP\b|\bDISABLED_", []),
}

FLOORS = ["core", "actors", "net"]
CODE = (".hpp", ".cpp")
WRITTEN = CODE + (".py", ".sh", ".txt", ".in", ".md", ".json", ".yml")
NAMED = ("dev", ".ci/run", ".clang-format", ".clang-tidy", ".gitignore", "LICENSE")
ORDERED = "load store exchange test_and_set fetch_add fetch_sub fetch_and fetch_or fetch_xor " \
          "compare_exchange_weak compare_exchange_strong".split()


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def blanked(text):
    """The source with comments and the insides of literals as spaces: same lines, same columns."""
    parts = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
                       r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.S)
    return parts.sub(lambda part: re.sub(r"[^\n\"]", " ", part.group()), text)


def code(tree, *folders):
    """(path, text) of the sources in these folders, or of all."""
    for path, text in tree.items():
        if path.endswith(CODE) and (not folders or path.startswith(folders)):
            yield path, text


def lines_are_short_and_clean(tree):
    for path, text in tree.items():
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) > LINE_COLUMNS_MAX and not path.endswith((".md", ".json")):
                yield path, number, f"{len(line)} columns, {LINE_COLUMNS_MAX} are allowed"
            if line != line.rstrip():
                yield path, number, "ends in blanks"
            if "\t" in line:
                yield path, number, "has a tab"
        if text and not text.endswith("\n"):
            yield path, text.count("\n") + 1, "the last line has no end"


def files_are_small(tree):
    for path, text in tree.items():
        lines, known = text.count("\n"), LONG_FILES.get(path)
        if known is None and lines > FILE_LINES_MAX and not path.endswith(".md"):
            yield path, lines, f"{lines} lines, {FILE_LINES_MAX} are allowed"
        if known is not None and lines != known:
            yield path, lines, f"{lines} lines, and LONG_FILES in tidy.py says {known}: " + (
                "it may not grow" if lines > known else "write the smaller number there")
    for path in LONG_FILES.keys() - tree.keys():
        yield path, 1, "is in LONG_FILES of tidy.py, and does not exist"


def functions(text):
    """(name, first line, last line) of each function body, by its braces."""
    bare = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda line: re.sub(r"[^\n]", " ",
                  line.group()), blanked(text), flags=re.M)
    opened, last = [], 0  # for each open brace: the text before it, and where it stands
    for brace in re.finditer(r"[{};]", bare):
        if brace.group() == "{":
            opened.append((bare[last:brace.start()].strip(), brace.start()))
        elif brace.group() == "}" and opened:
            before, start = opened.pop()
            outside = all(is_scope(text) for text, _ in opened)
            if outside and "(" in before and not is_scope(before):
                yield before, line_of(bare, start), line_of(bare, brace.start())
        if brace.group() != ";" or not opened or "(" not in opened[-1][0]:
            last = brace.end()


def is_scope(before):
    """Whether what stands before a brace opens a namespace or a type, and no function."""
    before = re.sub(r"\btemplate\s*<[^{}]*?>\s*(?=class|struct|union)", "", before)
    return bool(re.search(r"^(inline\s+)?namespace\b|^extern\s|^export\s|"
                          r"^(class|struct|union|enum)\b", before.split(":\n")[-1].strip()))


def functions_are_short(tree):
    for path, text in code(tree):
        for name, first, last in functions(text):
            lines, known = last - first + 1, LONG_FUNCTIONS.get(f"{path}:{name}")
            if lines > (known or FUNCTION_LINES_MAX):
                yield path, first, f"a function of {lines} lines, {FUNCTION_LINES_MAX} are allowed"


def no_conditional_inside_a_function(tree):
    for path, text in code(tree):
        bodies = [(first, last) for _, first, last in functions(text)]
        for match in re.finditer(r"^[ \t]*#[ \t]*if", text, re.M):
            number = line_of(text, match.start())
            if any(first < number <= last for first, last in bodies):
                yield path, number, "#if inside a function: put the variant into its own file"


def includes(text):
    """(line, name with its quotes or brackets) of each #include."""
    for match in re.finditer(r'^#include ([<"][^>"]+[>"])', text, re.M):
        yield line_of(text, match.start()), match.group(1)


def no_include_runs_upward(tree):
    for path, text in code(tree):
        if "/must_not_compile/" in path:
            continue
        floor = path.split("/")[1 if path.startswith("tests/") else 0]
        above = FLOORS[FLOORS.index(floor) + 1:] if floor in FLOORS else []
        for number, name in includes(text):
            if name.startswith(tuple(f"<greenroom/{other}/" for other in above)):
                yield path, number, f"{floor} knows nothing of {name}"


def public_headers_include_little(tree):
    for path, text in code(tree, "core/include/", "actors/include/", "net/include/"):
        for number, name in includes(text):
            if not re.match(r"<(greenroom/\S+|[a-z_]+)>$", name):
                yield path, number, f"{name} in a public header: the standard's or greenroom's only"


def umbrella_has_all_public_headers(tree):
    """Who includes greenroom.hpp has the whole library."""
    umbrella = "net/include/greenroom/greenroom.hpp"
    if umbrella not in tree:
        return
    for path in tree:
        public = re.fullmatch(r"(?:core|actors|net)/include/(greenroom/\w+/\w+\.hpp)", path)
        if public and f"#include <{public[1]}>" not in tree[umbrella]:
            yield umbrella, 1, f"does not include {public[1]}"


def own_headers(tree, source):
    """The headers, private or public, that a source of the same name implements."""
    stem = re.sub(r"\.cpp$", ".hpp", os.path.basename(source))
    beside = os.path.dirname(source) + "/" + stem
    public = source.split("/")[0] + "/include/"
    return [path for path in tree
            if path == beside or (path.startswith(public) and path.endswith("/" + stem))]


def includes_are_in_order(tree):
    """A source includes its own header first; then come <...>, then private "..."."""
    for path, text in code(tree, "core/", "actors/", "net/", "examples/"):
        names = list(includes(text))
        own = own_headers(tree, path) if path.endswith(".cpp") else []
        if own and names:
            stem = os.path.basename(own[0])
            if os.path.basename(names[0][1].strip('<>"')) != stem:
                yield path, names[0][0], f"its own header, {stem}, is not included first"
            names = names[1:]
        for (_, before), (number, after) in zip(names, names[1:]):
            if before.startswith('"') and after.startswith("<"):
                yield path, number, f"{after} comes after the private {before}"


def things_stay_where_they_belong(tree):
    for path, text in code(tree):
        bare = blanked(text)
        for what, (pattern, places) in ALLOWED.items():
            if path.startswith(tuple(places)):
                continue
            for match in re.finditer(pattern, bare):
                yield path, line_of(bare, match.start()), f"{what} is not for this file"


def arguments_at(text, position):
    """What stands between the parenthesis at `position` and its partner."""
    depth = 0
    for at in range(position, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return text[position + 1:at]
    return text[position + 1:]


def memory_orders_are_spelled(tree):
    """Where the library has atomics, calls name an order, and no operator stands for one."""
    call = re.compile(r"(?:\.|->)(" + "|".join(ORDERED) + r")\s*\(")
    for path, text in code(tree, *FLOORS, "examples/"):
        bare = blanked(text)
        if not re.search(r"\b(Atomic|atomic)(_ref|_flag)?\b", bare):
            continue
        for match in call.finditer(bare):
            if "order" not in arguments_at(bare, match.end() - 1):
                yield path, line_of(bare, match.start()), f"{match.group(1)} without a memory order"
        for name in set(re.findall(r"\b[Aa]tomic<[^;{}()]*>\s+(\w+)\s*[;{]", bare)):
            if re.search(rf"\b(auto|bool|int|long|unsigned|\w+_t) {name}\b", bare):
                continue  # a plain variable of that name is about, and this is no parser
            used = rf"(?:\+\+|--)\s*{name}\b|(?<![\w.>*&] )\b{name}\s*(?:\+\+|--|[-+|&^]?=(?!=))"
            for match in re.finditer(used, bare):
                yield path, line_of(bare, match.start()), f"{name} changed without a memory order"


def headers_say_what_they_are(tree):
    for path, text in code(tree):
        described = own_headers(tree, path) if path.endswith(".cpp") else []
        if not text.startswith("//") and not described:
            yield path, 1, "does not begin with a comment that says what it is"
        if path.endswith(".hpp") and not re.search(r"^#pragma once$", text, re.M):
            yield path, 1, "has no #pragma once"


def todos_have_a_class(tree):
    for path, text in tree.items():
        if path.endswith(".md") or path.startswith("tests/tidy"):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r"\bTODO\(now\)", line):
                yield path, number, "TODO(now): do it now"
            elif re.search(r"\b(FIXME|XXX|HACK)\b|\bTODO\b(?!\((soon|perf|someday)\): )", line):
                yield path, number, "write TODO(soon|perf|someday): and a sentence"


def readme_shows_hello(tree):
    hello = tree.get("examples/hello.cpp", "")
    blocks = re.findall(r"^```cpp\n(.*?)^```$", tree.get("README.md", ""), re.M | re.S)
    if hello not in blocks:
        yield "README.md", 1, "has no ```cpp block that equals examples/hello.cpp"


def anchors(text):
    """The anchors of a Markdown page's headings."""
    for heading in re.findall(r"^#+ +(.+)$", text, re.M):
        yield re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def links_lead_somewhere(tree):
    folders = {os.path.dirname(path) for path in tree}
    for path, text in tree.items():
        if not path.endswith(".md"):
            continue
        shown = re.sub(r"^```.*?^```$", lambda b: "\n" * b.group().count("\n"), text,
                       flags=re.M | re.S)
        for match in re.finditer(r"\]\(([^)\s]+)\)", shown):
            target, _, anchor = match.group(1).partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            there = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target \
                else path
            number = line_of(shown, match.start())
            if there not in tree and not any((f + "/").startswith(there + "/") for f in folders):
                yield path, number, f"the link to {match.group(1)} is dead"
            elif anchor and there.endswith(".md") and anchor not in anchors(tree[there]):
                yield path, number, f"{there} has no heading #{anchor}"


def architecture_names_what_exists(tree):
    """Each back-ticked identifier and path of docs/architecture.md is in the sources."""
    page = "docs/architecture.md"
    sources = "\n".join(text for path, text in tree.items()
                        if not path.endswith(".md") and not path.startswith("tests/tidy"))
    words = set(re.findall(r"[A-Za-z_]\w*", sources))
    for match in re.finditer(r"`([^`\n]+)`", tree.get(page, "")):
        quoted, number = match.group(1), line_of(tree[page], match.start())
        for path in re.findall(r"[\w./-]+(?:\.(?:hpp|cpp|py|md|sh|txt)\b|/(?=\s|$))", quoted):
            if not any(("/" + known).endswith("/" + path.rstrip("/")) or
                       ("/" + known).find("/" + path.rstrip("/") + "/") >= 0 for known in tree):
                yield page, number, f"there is no {path}"
            quoted = quoted.replace(path, " ")
        for word in re.findall(r"[A-Za-z_]\w*", quoted):
            if word not in words:
                yield page, number, f"no source knows `{word}`"


def promises_name_tests(tree):
    """Each test named in docs/semantics.md exists; that it ran is for promises.py to say."""
    page, row = "docs/semantics.md", re.compile(r"^\|(.*)\|(.*)\|$", re.M)
    tests = set()
    for _, text in code(tree, "tests/"):
        for suite, name in re.findall(r"\bTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", text):
            tests.add(f"{suite}.{name}")
    for match in row.finditer(tree.get(page, "")):
        number, named = line_of(tree[page], match.start()), match.group(2)
        if re.fullmatch(r"[\s-]*|\s*test\s*", named):
            continue
        found = re.findall(r"`(\w+\.\w+)`", named)
        if not found:
            yield page, number, "a promise without a test"
        for name in found:
            if name not in tests:
                yield page, number, f"there is no test {name}"


def snippet(text, name):
    """What stands between `// [name]` and `// [end]` in a source, without its indentation."""
    found = re.search(rf"^[ ]*// \[{re.escape(name)}\]\n(.*?)^[ ]*// \[end\]\n", text, re.M | re.S)
    return textwrap.dedent(found.group(1)) if found else None


def guides_quote_what_compiles(tree):
    """Each block of C++ in docs/guide/ is a snippet of a source: <!-- path: name --> above it."""
    quoted = re.compile(r"(?:^<!-- (\S+): (\S+) -->\n)?^```cpp\n(.*?)^```$", re.M | re.S)
    for path, text in tree.items():
        if not (path.startswith("docs/guide/") and path.endswith(".md")):
            continue
        for match in quoted.finditer(text):
            number, source, name = line_of(text, match.start()), match.group(1), match.group(2)
            if source is None:
                yield path, number, "C++ that no source holds: write <!-- path: name --> above it"
            elif snippet(tree.get(source, ""), name) != match.group(3):
                yield path, number, f"differs from the snippet [{name}] of {source}"


RULES = [lines_are_short_and_clean, files_are_small, functions_are_short,
         no_conditional_inside_a_function, no_include_runs_upward, public_headers_include_little,
         umbrella_has_all_public_headers, includes_are_in_order,
         things_stay_where_they_belong, memory_orders_are_spelled,
         headers_say_what_they_are, todos_have_a_class, readme_shows_hello, links_lead_somewhere,
         architecture_names_what_exists, promises_name_tests, guides_quote_what_compiles]


def offences(tree):
    for rule in RULES:
        yield from rule(tree)


def read_tree(root):
    """Every text file that git knows or would add, but the peers' programs, which are not ours."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, check=True,
                            stdout=subprocess.PIPE, text=True).stdout.splitlines()
    tree = {}
    for path in sorted(set(listed)):
        ours = path.endswith(WRITTEN) or path in NAMED
        whole = os.path.join(root, path)
        if ours and not path.startswith("tests/bench/peers/") and os.path.isfile(whole):
            with open(whole, encoding="utf-8") as file:
                tree[path] = file.read()
    return tree


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..")
    found = sorted(set(offences(read_tree(root))))
    for path, number, message in found:
        print(f"{path}:{number}: {message}")
    print(f"{len(RULES)} rules, {len(found)} offences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
