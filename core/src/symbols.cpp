#include "symbols.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <link.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "symbol_file.hpp"

namespace greenroom::detail {

namespace {

std::string demangled(const char* name) {
    int status = 0;
    char* const text = abi::__cxa_demangle(name, nullptr, nullptr, &status);
    const std::string result{status == 0 && text != nullptr ? text : name};
    std::free(text);
    return result;
}

std::string in_hexadecimal(std::uint64_t number) {
    char text[20];
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(number));
    return text;
}

}  // namespace

Symbols::Symbols() = default;
Symbols::~Symbols() = default;

const std::string& Symbols::name_of(const void* return_address) {
    const auto [place, is_new] = known_.try_emplace(return_address);
    // A call may be the last instruction of its function: the one before the return address counts.
    if (is_new) place->second = look_up(reinterpret_cast<std::uintptr_t>(return_address) - 1);
    return place->second;
}

std::string Symbols::look_up(std::uintptr_t address) {
    Dl_info exported{};
    link_map* loaded = nullptr;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): it is an address.
    if (dladdr1(reinterpret_cast<void*>(address), &exported, reinterpret_cast<void**>(&loaded),
                RTLD_DL_LINKMAP) == 0) {
        return in_hexadecimal(address);
    }
    // The name of the program itself is as it was called, which may be relative to elsewhere.
    const bool is_program = loaded->l_name == nullptr || loaded->l_name[0] == '\0';
    const std::string path = is_program ? "/proc/self/exe" : exported.dli_fname;
    std::unique_ptr<SymbolFile>& file = files_[path];
    if (file == nullptr) file = std::make_unique<SymbolFile>(path);
    const std::uint64_t offset = address - loaded->l_addr;
    if (const char* const name = file->function_at(offset)) return demangled(name);
    if (exported.dli_sname != nullptr) return demangled(exported.dli_sname);
    return std::string{exported.dli_fname} + "+" + in_hexadecimal(offset);
}

}  // namespace greenroom::detail
