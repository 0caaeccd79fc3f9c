// SymbolFile: the functions that one ELF file names in its symbol table.
//
// Limits  64 bits, the machine's own byte order. A file that is none, or is damaged, names nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace greenroom::detail {

class SymbolFile {
public:
    explicit SymbolFile(const std::string& path);
    ~SymbolFile();
    SymbolFile(const SymbolFile&) = delete;
    SymbolFile& operator=(const SymbolFile&) = delete;

    // The mangled name of the function at `address`, as the file counts addresses; null: unknown.
    const char* function_at(std::uint64_t address) const noexcept;

private:
    struct Function {
        std::uint64_t begin;
        std::uint64_t end;
        const char* name;  // in the mapping
    };

    void read();
    void read_table(const void* section, const void* strings);

    const unsigned char* bytes_ = nullptr;  // the file, mapped
    std::size_t size_ = 0;
    std::vector<Function> functions_;  // by begin
};

}  // namespace greenroom::detail
