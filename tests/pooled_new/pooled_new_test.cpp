// operator new and delete over the block pool, in a program that links greenroom::pooled_new.
// Not under AddressSanitizer: a program keeps the sanitizer's own there.
//
// Property  Each form of new gives memory of its own, which its form of delete takes back, whoever
//           calls; and when all is deleted, the pool has all of its blocks.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/detail/block_pool.hpp>
#include <latch>
#include <memory>
#include <mutex>
#include <new>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "region_map.hpp"
#include "support/seed.hpp"

// clang declares it with -fsized-deallocation only.
void operator delete(void* memory, std::size_t bytes) noexcept;

namespace greenroom {

namespace {

using detail::block_bytes_max;
using detail::region_map;

std::size_t blocks_out() { return detail::block_stats().blocks_out; }

struct alignas(128) Line {
    std::byte bytes[128];
};

}  // namespace

TEST(PooledNew, EachSizeIsAlignedAndApartAndComesBack) {
    struct Piece {
        std::size_t bytes;
        void* memory;
    };
    std::vector<Piece> pieces;
    pieces.reserve(2 * block_bytes_max + 200);
    const std::size_t before = blocks_out();
    for (std::size_t bytes = 0; bytes < block_bytes_max + 100; ++bytes) {
        for (int i = 0; i < 2; ++i) {
            void* const memory = ::operator new(bytes);
            ASSERT_EQ(reinterpret_cast<std::uintptr_t>(memory) % __STDCPP_DEFAULT_NEW_ALIGNMENT__,
                      0u);
            ASSERT_EQ(region_map.has(memory), bytes <= block_bytes_max) << bytes;
            std::memset(memory, 0x5a, bytes);
            pieces.push_back({bytes, memory});
        }
    }
    std::ranges::sort(pieces, {}, &Piece::memory);
    for (std::size_t i = 1; i < pieces.size(); ++i) {
        ASSERT_GE(static_cast<char*>(pieces[i].memory) - static_cast<char*>(pieces[i - 1].memory),
                  static_cast<std::ptrdiff_t>(std::max<std::size_t>(pieces[i - 1].bytes, 1)));
    }
    EXPECT_EQ(blocks_out(), before + 2 * (block_bytes_max + 1));
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        i % 2 == 0 ? ::operator delete(pieces[i].memory, pieces[i].bytes)
                   : ::operator delete(pieces[i].memory);
    }
    EXPECT_EQ(blocks_out(), before);
}

TEST(PooledNew, AllFormsOfTheLanguageArePairs) {
    const std::size_t before = blocks_out();
    for (int i = 0; i < 1'000; ++i) {
        const auto text = std::make_unique<std::string>(40, 'x');
        EXPECT_TRUE(region_map.has(text.get()));
        EXPECT_TRUE(region_map.has(text->data()));
        const auto numbers = std::make_unique<int[]>(100);  // a form without a size
        EXPECT_TRUE(region_map.has(numbers.get()));
        const auto texts = std::make_unique<std::string[]>(10);  // with the count before them
        EXPECT_TRUE(region_map.has(texts.get()));
        const std::unique_ptr<int> never_throws{new (std::nothrow) int{7}};
        EXPECT_TRUE(region_map.has(never_throws.get()));
        const auto line = std::make_unique<Line>();
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(line.get()) % alignof(Line), 0u);
        EXPECT_FALSE(region_map.has(line.get()));
        const auto shared = std::make_shared<std::vector<int>>(1'000);
        EXPECT_TRUE(region_map.has(shared.get()));
        EXPECT_FALSE(region_map.has(shared->data()));
    }
    ::operator delete(nullptr);
    ::operator delete (nullptr, std::size_t{16});
    EXPECT_EQ(blocks_out(), before);
}

TEST(PooledNew, AThreadMayBeginWithNewAndDeleteAfterItsCacheHasEnded) {
    struct Late {
        ~Late() {
            void* const block = ::operator new(24);  // straight from the depot
            ::operator delete(block);
            ::operator delete(memory);
        }
        void* memory = nullptr;
    };
    const std::size_t before = blocks_out();
    for (int i = 0; i < 20; ++i) {
        std::thread{[] {
            thread_local Late late;  // made before the cache, so that it ends after it
            late.memory = ::operator new(100);
        }}.join();
    }
    EXPECT_EQ(blocks_out(), before);
}

TEST(PooledNew, ThreadsDeleteWhatOthersMade) {
    constexpr std::size_t threads = 4;
    constexpr std::size_t shelf_size = 4'000;
    constexpr int exchanges = 100'000;
    const std::uint64_t seed = support::seed();
    struct Piece {
        std::size_t bytes = 0;
        unsigned char mark = 0;
        unsigned char* memory = nullptr;
    };
    const std::size_t before = blocks_out();
    {
        std::mutex lock;
        std::vector<Piece> shelf(shelf_size);
        std::vector<int> from_others(threads);
        std::vector<int> spoiled(threads);
        const auto release = [&](const Piece& piece, std::size_t me) {
            if (piece.memory == nullptr) return;
            from_others[me] += piece.mark % threads != me ? 1 : 0;
            const auto is_mark = [&](unsigned char byte) { return byte == piece.mark; };
            spoiled[me] += std::all_of(piece.memory, piece.memory + piece.bytes, is_mark) ? 0 : 1;
            piece.bytes % 2 == 0 ? ::operator delete(piece.memory, piece.bytes)
                                 : ::operator delete(piece.memory);
        };
        std::latch all_are_there{threads};
        std::vector<std::thread> workers;
        for (std::size_t me = 0; me < threads; ++me) {
            workers.emplace_back([&, me] {
                all_are_there.arrive_and_wait();
                std::mt19937_64 random{seed + me};
                for (int i = 0; i < exchanges; ++i) {
                    const std::size_t bytes = random() % (random() % 16 == 0 ? 4'096 : 100);
                    Piece piece{bytes, static_cast<unsigned char>(threads * (random() % 60) + me),
                                static_cast<unsigned char*>(::operator new(bytes))};
                    std::memset(piece.memory, piece.mark, bytes);
                    const std::size_t place = random() % shelf_size;
                    {
                        const std::lock_guard held{lock};
                        std::swap(piece, shelf[place]);
                    }
                    release(piece, me);
                    if (i % 1'000 == 0) std::this_thread::yield();
                }
            });
        }
        for (std::thread& worker : workers) worker.join();
        for (const Piece& piece : shelf) release(piece, 0);
        int exchanged = 0;
        for (std::size_t me = 0; me < threads; ++me) {
            EXPECT_EQ(spoiled[me], 0);
            exchanged += from_others[me];
        }
        EXPECT_GT(exchanged, exchanges / 100);
    }
    EXPECT_EQ(blocks_out(), before);
}

namespace {

struct Line40 {
    std::string text;
};

class Reader : public Actor {
public:
    void on(const Line40& line) { bytes_ += line.text.size(); }
    std::size_t on(int) { return bytes_; }

private:
    std::size_t bytes_ = 0;
};

class Writer : public Actor {
public:
    explicit Writer(Ref<Reader> reader) : reader_{std::move(reader)} {}
    std::size_t on(int lines) {
        for (int i = 0; i < lines; ++i) reader_.tell(Line40{std::string(40, 'x')});
        return reader_.ask(0);
    }

private:
    Ref<Reader> reader_;
};

void send_texts(int lines) {
    System system{{.runtime = {.workers = 2}}};
    const auto writer = system.spawn<Writer>(system.spawn<Reader>());
    EXPECT_EQ(writer.ask(lines), static_cast<std::size_t>(40 * lines));
}

}  // namespace

TEST(PooledNew, ASystemThatHasEndedHasGivenBackWhatItsMessagesCarried) {
    send_texts(1'000);  // what is made once in a process is made
    const std::size_t before = blocks_out();
    for (int i = 0; i < 5; ++i) send_texts(20'000);
    EXPECT_LE(blocks_out(), before + 100);  // what the first round had no need of yet
}

}  // namespace greenroom
