"""Shows for each rule of tidy.py that it catches an offender and leaves the innocent alone."""
import unittest

import tidy

HEAD = "// A unit.\n"
HEADER = HEAD + "#pragma once\n"
HELLO = HEAD + "int main() {}\n"


def body(lines):
    return "void f(int count) {\n" + "    count += 1;\n" * (lines - 2) + "}\n"


class EachRule(unittest.TestCase):
    """A test a rule; `innocent` trees yield nothing, each of the `offenders` at least one line."""

    def check(self, rule, offenders, innocent=()):
        for tree in offenders:
            self.assertTrue(list(rule(tree)), f"not caught: {tree}")
        for tree in innocent:
            self.assertEqual(list(rule(tree)), [])

    def test_every_rule_has_a_test(self):
        tested = {name[len("test_"):] for name in dir(self) if name.startswith("test_")}
        self.assertEqual({rule.__name__ for rule in tidy.RULES} - tested, set())

    def test_lines_are_short_and_clean(self):
        self.check(tidy.lines_are_short_and_clean,
                   [{"a.cpp": "x" * 101 + "\n"}, {"a.cpp": "x \n"}, {"a.py": "\tx\n"},
                    {"dev": "x"}],
                   [{"a.cpp": "x" * 100 + "\n", "a.md": "x" * 300 + "\n"}])

    def test_files_are_small(self):
        self.check(tidy.files_are_small, [{"a.cpp": "\n" * 401}],
                   [{"a.cpp": "\n" * 400, "a.md": "\n" * 900}])

    def test_a_long_file_may_shrink_and_never_grow(self):
        tidy.LONG_FILES["long.hpp"] = 500
        self.addCleanup(tidy.LONG_FILES.clear)
        self.check(tidy.files_are_small,
                   [{"long.hpp": "\n" * 501}, {"long.hpp": "\n" * 499}, {}],
                   [{"long.hpp": "\n" * 500}])

    def test_functions_are_short(self):
        inside = "namespace n {\nclass C : public B {\npublic:\n" + body(61) + "};\n}\n"
        self.check(tidy.functions_are_short,
                   [{"a.cpp": body(61)}, {"a.cpp": inside},
                    {"a.cpp": "#if X\n" + body(61) + "#endif\n"},
                    {"a.hpp": "template <class T>\nclass C {\n    template <class U>\n" + body(61)
                     + "};\n"}],
                   [{"a.cpp": body(60) + body(60)},
                    {"a.cpp": "namespace n {\nstruct C {\n" + body(50) + body(50) + "};\n}\n"}])

    def test_no_conditional_inside_a_function(self):
        self.check(tidy.no_conditional_inside_a_function,
                   [{"a.cpp": "void f() {\n#ifdef X\n    g();\n#endif\n}\n"},
                    {"a.cpp": "struct S {\n    void f() {\n#if X\n#endif\n    }\n};\n"}],
                   [{"a.cpp": "#ifdef X\nvoid f() {\n    g();\n}\n#endif\nvoid h() {\n}\n"},
                    {"a.hpp": "namespace n {\n#if X\nint f() { return 1; }\n#else\n#endif\n}\n"}])

    def test_no_include_runs_upward(self):
        self.check(tidy.no_include_runs_upward,
                   [{"core/src/a.cpp": "#include <greenroom/actors/actor.hpp>\n"},
                    {"actors/src/a.cpp": "#include <greenroom/net/tcp.hpp>\n"},
                    {"tests/core/a_test.cpp": "#include <greenroom/net/tcp.hpp>\n"}],
                   [{"net/src/a.cpp": "#include <greenroom/actors/actor.hpp>\n",
                     "tests/actors/a_test.cpp": "#include <greenroom/core/clock.hpp>\n"}])

    def test_public_headers_include_little(self):
        public = "core/include/greenroom/core/a.hpp"
        self.check(tidy.public_headers_include_little,
                   [{public: f"#include {name}\n"} for name in (
                       "<boost/context/fiber.hpp>", "<spdlog/spdlog.h>", '"private.hpp"',
                       "<sys/epoll.h>", "<unistd.h>")],
                   [{public: "#include <vector>\n#include <greenroom/core/b.hpp>\n"}])

    def test_umbrella_has_all_public_headers(self):
        umbrella = "net/include/greenroom/greenroom.hpp"
        has = {umbrella: HEADER + "#include <greenroom/core/a.hpp>\n"}
        self.check(tidy.umbrella_has_all_public_headers,
                   [has | {"actors/include/greenroom/actors/b.hpp": HEADER}],
                   [has | {"core/include/greenroom/core/a.hpp": HEADER,
                           "core/include/greenroom/core/detail/c.hpp": HEADER}])

    def test_includes_are_in_order(self):
        own = {"core/src/a.hpp": HEADER}
        self.check(tidy.includes_are_in_order,
                   [{**own, "core/src/a.cpp": '#include <vector>\n#include "a.hpp"\n'},
                    {"core/src/b.cpp": '#include "c.hpp"\n#include <vector>\n'}],
                   [{**own, "core/src/a.cpp": '#include "a.hpp"\n#include <new>\n#include "b.hpp"'},
                    {"core/include/greenroom/core/a.hpp": HEADER,
                     "core/src/a.cpp": '#include <greenroom/core/a.hpp>\n#include <new>\n'}])

    def test_things_stay_where_they_belong(self):
        here = "actors/src/a.cpp"
        self.check(tidy.things_stay_where_they_belong,
                   [{here: f"{text}\n"} for text in (
                       "#include <boost/asio.hpp>", "#include <spdlog/spdlog.h>",
                       "#include <concurrentqueue/concurrentqueue.h>", "#include <atomic>",
                       "Atomic<int> a;", "thread_local int x;", "std::this_thread::sleep_for(1s);",
                       "usleep(1);", "std::atomic_thread_fence(o);",
                       "auto now = std::chrono::steady_clock::now();", "std::random_device device;",
                       "#include <CLI/CLI.hpp>")] +
                   [{"tests/core/a_test.cpp": "GTEST_SKIP();\n"},
                    {"tests/core/a_test.cpp": "TEST(A, DISABLED_It) {}\n"},
                    {"tests/core/a_test.cpp": "std::this_thread::sleep_until(then);\n"}],
                   [{here: "// says thread_local and #include <atomic>\n"},
                    {here: 'auto s = "usleep(1)";\n'}, {"core/src/a.cpp": "#include <atomic>\n"},
                    {here: "greenroom::sleep_for(1ms);\n"}])

    def test_memory_orders_are_spelled(self):
        declared = "Atomic<int> count_{0};\n"
        self.check(tidy.memory_orders_are_spelled,
                   [{"core/a.cpp": declared + text} for text in (
                       "count_.load();\n", "count_.store(g(1));\n", "p->fetch_add(1);\n",
                       "count_.compare_exchange_strong(\n    seen,\n    next);\n", "++count_;\n",
                       "count_ = 2;\n", "count_ += 2;\n", "count_--;\n")],
                   [{"core/a.cpp": declared + "count_.load(std::memory_order_relaxed);\n"
                     "count_.store(g(1), std::memory_order_release);  // as load() is\n"
                     "std::exchange(a, b);\nif (count_.load(order) == 2) return;\n"},
                    {"core/a.cpp": "settings.load();\n"}])

    def test_headers_say_what_they_are(self):
        self.check(tidy.headers_say_what_they_are,
                   [{"a.hpp": "#pragma once\n"}, {"a.hpp": HEAD}, {"a.cpp": "int x;\n"}],
                   [{"core/src/a.hpp": HEADER, "core/src/a.cpp": '#include "a.hpp"\n'}])

    def test_todos_have_a_class(self):
        self.check(tidy.todos_have_a_class,
                   [{"a.cpp": f"// {text}\n"} for text in (
                       "TODO(now): it", "TODO: it", "FIXME", "XXX", "TODO(later): it")],
                   [{"a.cpp": "// TODO(soon): count them.\n"}])

    def test_readme_shows_hello(self):
        self.check(tidy.readme_shows_hello,
                   [{"README.md": "", "examples/hello.cpp": HELLO},
                    {"README.md": "```cpp\nint main() {}\n```\n", "examples/hello.cpp": HELLO}],
                   [{"README.md": f"text\n```cpp\n{HELLO}```\n", "examples/hello.cpp": HELLO}])

    def test_links_lead_somewhere(self):
        page = {"docs/a.md": "# One Heading, here\n", "docs/decisions/b.md": "x\n"}
        self.check(tidy.links_lead_somewhere,
                   [{**page, "README.md": f"[x]({to})\n"} for to in (
                       "docs/c.md", "docs/a.md#two", "a.md", "../x", "src/")],
                   [{**page, "README.md": "[x](docs/a.md) [y](docs/a.md#one-heading-here)\n"
                     "[z](https://example.org/x) [d](docs/decisions/)\n"}])

    def test_architecture_names_what_exists(self):
        page, sources = "docs/architecture.md", {"core/src/inbox.hpp": "class Inbox { take(); };\n"}
        self.check(tidy.architecture_names_what_exists,
                   [{**sources, page: f"It is `{name}`.\n"} for name in (
                       "Outbox", "Inbox::give", "core/src/outbox.hpp", "outbox.hpp", "core/lib/")],
                   [{**sources, page: "`Inbox::take()` in `inbox.hpp`, `core/src/inbox.hpp`, "
                     "`core/src/`\n"}])

    def test_promises_name_tests(self):
        test = {"tests/core/a_test.cpp": "TEST_P(QueueTest,\n       Waits) {}\n"}
        page = "| promise | test |\n|---|---|\n| it waits | {} |\n"
        self.check(tidy.promises_name_tests,
                   [test | {"docs/semantics.md": page.format("`QueueTest.Runs`")},
                    test | {"docs/semantics.md": page.format("soon")}],
                   [test | {"docs/semantics.md": page.format("`QueueTest.Waits`")}])

    def test_guides_quote_what_compiles(self):
        source = {"examples/a.cpp": "int f() {\n    // [two]\n    return 2;\n    // [end]\n}\n"}
        block = "<!-- examples/a.cpp: {} -->\n```cpp\n{}\n```\n"
        self.check(tidy.guides_quote_what_compiles,
                   [source | {"docs/guide/g.md": block.format("two", "return 3;")},
                    source | {"docs/guide/g.md": block.format("one", "return 2;")},
                    source | {"docs/guide/g.md": "```cpp\nreturn 2;\n```\n"}],
                   [source | {"docs/guide/g.md": block.format("two", "return 2;")}])


if __name__ == "__main__":
    unittest.main()
