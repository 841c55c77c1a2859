// SPDX-License-Identifier: MIT
//! hello-rust: Rust's standard library on Elfin: arguments, environment,
//! collections, a thread, a panic that is caught, and an exit status.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut lengths: HashMap<&str, usize> = HashMap::new();

    println!("Hello from Rust.");
    for word in &words {
        lengths.insert(word, word.chars().count());
    }
    let mut sorted: Vec<_> = lengths.iter().collect();
    sorted.sort();
    for (word, length) in sorted {
        println!("argument: {word} ({length} characters)");
    }

    let sum = std::thread::spawn(|| (1..=100).sum::<u32>()).join().unwrap();
    println!("a thread counted to {sum}");

    std::panic::set_hook(Box::new(|info| {
        if let Some(text) = info.payload().downcast_ref::<&str>() {
            println!("panic: {text}");
        }
    }));
    if std::panic::catch_unwind(|| panic!("on purpose")).is_err() {
        println!("and caught");
    }

    for line in io::stdin().lock().lines() {
        println!("input: {}", line.expect("readable input"));
    }
    io::stdout().flush().unwrap();
    eprintln!("this line is on stderr");
    std::process::exit(words.last().and_then(|w| w.parse().ok()).unwrap_or(0));
}
