# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# java: com.sun.net.httpserver with a pool of threads
# packages: openjdk-17-jre-headless openjdk-17-jdk-headless curl
# memory: 1G
asked() {
    local port i
    port=$(free_port)
    mkdir "$dir/classes"
    cat >"$dir/Zoo.java" <<'END'
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;

public class Zoo {
    public static void main(String[] args) throws Exception {
        HttpServer s = HttpServer.create(new InetSocketAddress(8000), 0);
        s.setExecutor(Executors.newFixedThreadPool(4));
        s.createContext("/", x -> {
            long n = Long.parseLong(x.getRequestURI().getPath().substring(1));
            byte[] b = Long.toString(LongStream.rangeClosed(1, n).sum()).getBytes();
            x.sendResponseHeaders(200, b.length);
            x.getResponseBody().write(b);
            x.close();
        });
        s.start();
    }
}
END
    does javac javac -d "$dir/classes" "$dir/Zoo.java"
    machine java -p "$port:8000" --add "$dir/classes:/classes" \
        "$(readlink -f /usr/bin/java)" -cp /classes Zoo
    until_ready curl -s -S -f -m 60 -o /dev/null "http://127.0.0.1:$port/5"
    for i in 100 1000 10000; do
        same "sum to $i" $((i * (i + 1) / 2)) "$(curl -s -m 60 "http://127.0.0.1:$port/$i")"
    done
    stop java "$machine" 143
}
