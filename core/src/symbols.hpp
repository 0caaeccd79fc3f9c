// Symbols: what addresses of code are called, as far as the program's files tell.
//
// It reads the symbol tables of the files that the process was loaded from, which name local
// functions and lambdas too. Of a file that was stripped it knows what is exported: link with
// -rdynamic, and it knows what has external linkage; else the file and the offset remain, which
// addr2line understands.
//
// Threads  One. Files are read when they are first needed, and forgotten with the object.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

namespace greenroom::detail {

class SymbolFile;

class Symbols {
public:
    Symbols();
    ~Symbols();
    Symbols(const Symbols&) = delete;
    Symbols& operator=(const Symbols&) = delete;

    // Of a return address: "Session::on(Line const&)". Looked up once.
    const std::string& name_of(const void* return_address);

private:
    std::string look_up(std::uintptr_t address);

    std::map<std::string, std::unique_ptr<SymbolFile>> files_;
    std::unordered_map<const void*, std::string> known_;
};

}  // namespace greenroom::detail
