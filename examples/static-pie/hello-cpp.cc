// SPDX-License-Identifier: MIT
/*
 * hello-cpp: what a C++ program takes for granted: streams, containers,
 * constructors before main, and an exception that unwinds through frames
 * whose destructors run.
 */
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

std::vector<std::string> journal;

struct Guest {
    explicit Guest(std::string n) : name(std::move(n)) {}
    ~Guest() { journal.push_back(name + " left"); }
    std::string name;
};

const Guest host("the host"); // built before main

void visit(int depth)
{
    Guest guest("guest " + std::to_string(depth));
    if (depth == 3)
        throw std::runtime_error("the party is over");
    visit(depth + 1);
}

} // namespace

int main(int argc, char **argv)
{
    std::vector<std::string> words(argv + 1, argv + argc);
    std::string line;

    std::cout << "Hello from C++, says " << host.name << ".\n";
    for (const auto &word : words)
        std::cout << "argument: " << word << '\n';
    try {
        visit(1);
    } catch (const std::exception &e) {
        std::cout << "caught: " << e.what() << '\n';
    }
    for (const auto &entry : journal)
        std::cout << entry << '\n';
    while (std::getline(std::cin, line))
        std::cout << "input: " << line << '\n';
    std::cerr << "this line is on stderr" << std::endl;
    return words.empty() ? 0 : std::stoi(words.back());
}
