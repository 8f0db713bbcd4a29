internal import Glibc

/// For threads of Drover's own, which may block.
enum Blocking {
    static func sleep(seconds: Double) {
        var wanted = timespec(tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
        var left = timespec()
        while nanosleep(&wanted, &left) != 0, errno == EINTR { wanted = left }
    }
}
