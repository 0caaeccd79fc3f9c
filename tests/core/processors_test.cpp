// How many workers a process gets: by its affinity and by the quota of its container.
#include "processors.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace greenroom::detail {

namespace {

namespace fs = std::filesystem;

// A tree of files that stands for /proc and /sys.
class ProcessorsTest : public testing::Test {
protected:
    ProcessorsTest() {
        std::string name = (fs::temp_directory_path() / "greenroom-XXXXXX").string();
        root = ::mkdtemp(name.data());
    }
    ~ProcessorsTest() override { fs::remove_all(root); }

    void write(const std::string& path, const std::string& text) const {
        const fs::path file = root + path;
        fs::create_directories(file.parent_path());
        std::ofstream{file} << text;
    }

    std::string root;
};

}  // namespace

TEST_F(ProcessorsTest, WithoutFilesThereIsNoQuota) { EXPECT_EQ(processor_quota(root), 0); }

TEST_F(ProcessorsTest, VersionTwoTellsTheQuotaOfTheGroup) {
    write("/proc/self/cgroup", "0::/\n");
    write("/sys/fs/cgroup/cpu.max", "150000 100000\n");
    EXPECT_EQ(processor_quota(root), 1.5);
    write("/sys/fs/cgroup/cpu.max", "max 100000\n");
    EXPECT_EQ(processor_quota(root), 0);
}

TEST_F(ProcessorsTest, TheStrictestOfTheGroupsAroundCounts) {
    write("/proc/self/cgroup", "0::/a/b/c\n");
    write("/sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n");
    write("/sys/fs/cgroup/a/b/cpu.max", "50000 100000\n");
    write("/sys/fs/cgroup/a/cpu.max", "400000 100000\n");
    EXPECT_EQ(processor_quota(root), 0.5);
}

TEST_F(ProcessorsTest, AContainerWhosePathIsTheHostsIsFoundAtTheMount) {
    write("/proc/self/cgroup", "0::/docker/0123\n");
    write("/sys/fs/cgroup/cpu.max", "200000 100000\n");
    EXPECT_EQ(processor_quota(root), 2);
}

TEST_F(ProcessorsTest, VersionOneTellsItInTwoFiles) {
    write("/proc/self/cgroup", "5:memory:/x\n4:cpu,cpuacct:/x\n");
    write("/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "300000\n");
    write("/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us", "100000\n");
    EXPECT_EQ(processor_quota(root), 3);
    write("/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "-1\n");
    EXPECT_EQ(processor_quota(root), 0);
}

TEST_F(ProcessorsTest, DamagedFilesAreNoQuota) {
    write("/proc/self/cgroup", "nonsense\n0:\n:::\n0::/\n");
    for (const char* const text : {"", "x y", "100000", "100000 0", "-1 100000"}) {
        write("/sys/fs/cgroup/cpu.max", text);
        EXPECT_EQ(usable_processors(root), static_cast<int>(allowed_processors().size())) << text;
    }
}

TEST_F(ProcessorsTest, WorkersAreTheQuotaRoundedUpAndTheAffinityAtMost) {
    write("/proc/self/cgroup", "0::/\n");
    write("/sys/fs/cgroup/cpu.max", "10000 100000\n");
    EXPECT_EQ(usable_processors(root), 1);
    write("/sys/fs/cgroup/cpu.max", "110000 100000\n");
    const auto allowed = static_cast<int>(allowed_processors().size());
    EXPECT_EQ(usable_processors(root), allowed == 1 ? 1 : 2);
    write("/sys/fs/cgroup/cpu.max", "99900000 100000\n");
    EXPECT_EQ(usable_processors(root), allowed);
}

}  // namespace greenroom::detail
