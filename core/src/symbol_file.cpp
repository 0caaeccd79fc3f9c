#include "symbol_file.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace greenroom::detail {

namespace {

constexpr std::size_t functions_max = 4'000'000;  // a file with more is read as far as that

// True if `count` items of that size lie within the file from `offset` on.
bool lies_within(std::uint64_t offset, std::uint64_t count, std::uint64_t item_bytes,
                 std::size_t size) noexcept {
    if (offset > size || item_bytes == 0) return false;
    return count <= (size - offset) / item_bytes;
}

}  // namespace

SymbolFile::SymbolFile(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    struct stat about {};
    if (fstat(fd, &about) == 0 && about.st_size > 0) {
        const auto size = static_cast<std::size_t>(about.st_size);
        void* const mapping = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (mapping != MAP_FAILED) {
            bytes_ = static_cast<const unsigned char*>(mapping);
            size_ = size;
        }
    }
    close(fd);
    if (bytes_ != nullptr) read();
}

SymbolFile::~SymbolFile() {
    if (bytes_ != nullptr) munmap(const_cast<unsigned char*>(bytes_), size_);
}

void SymbolFile::read() {
    if (size_ < sizeof(Elf64_Ehdr) || std::memcmp(bytes_, ELFMAG, SELFMAG) != 0) return;
    const auto& head = *reinterpret_cast<const Elf64_Ehdr*>(bytes_);
    if (head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_shentsize != sizeof(Elf64_Shdr)) return;
    if (!lies_within(head.e_shoff, head.e_shnum, sizeof(Elf64_Shdr), size_)) return;
    const auto* const sections = reinterpret_cast<const Elf64_Shdr*>(bytes_ + head.e_shoff);
    for (unsigned i = 0; i < head.e_shnum; ++i) {
        if (sections[i].sh_type != SHT_SYMTAB && sections[i].sh_type != SHT_DYNSYM) continue;
        if (sections[i].sh_link >= head.e_shnum) continue;
        read_table(&sections[i], &sections[sections[i].sh_link]);
    }
    std::sort(functions_.begin(), functions_.end(),
              [](const Function& left, const Function& right) { return left.begin < right.begin; });
}

void SymbolFile::read_table(const void* section, const void* strings) {
    const auto& table = *static_cast<const Elf64_Shdr*>(section);
    const auto& names = *static_cast<const Elf64_Shdr*>(strings);
    const std::uint64_t count = table.sh_size / sizeof(Elf64_Sym);
    if (!lies_within(table.sh_offset, count, sizeof(Elf64_Sym), size_)) return;
    if (names.sh_size == 0 || !lies_within(names.sh_offset, names.sh_size, 1, size_)) return;
    const auto* const text = reinterpret_cast<const char*>(bytes_ + names.sh_offset);
    if (text[names.sh_size - 1] != '\0') return;
    const auto* const symbols = reinterpret_cast<const Elf64_Sym*>(bytes_ + table.sh_offset);
    for (std::uint64_t i = 0; i < count && functions_.size() < functions_max; ++i) {
        const Elf64_Sym& symbol = symbols[i];
        if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF) continue;
        if (symbol.st_size == 0 || symbol.st_name >= names.sh_size) continue;
        functions_.push_back(
            {symbol.st_value, symbol.st_value + symbol.st_size, text + symbol.st_name});
    }
}

const char* SymbolFile::function_at(std::uint64_t address) const noexcept {
    auto after = std::upper_bound(
        functions_.begin(), functions_.end(), address,
        [](std::uint64_t sought, const Function& function) { return sought < function.begin; });
    if (after == functions_.begin()) return nullptr;
    const Function& found = *--after;
    return address < found.end ? found.name : nullptr;
}

}  // namespace greenroom::detail
