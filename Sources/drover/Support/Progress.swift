import Clocks
import Glibc

/// One line on the terminal that is written over and over; nothing at all in a pipe.
struct Progress {
    private let what: String
    private let total: Int?
    private var shownAt = -1.0
    private var isShown = false

    init(_ what: String, total: Int? = nil) {
        self.what = what
        self.total = total
    }

    mutating func show(_ done: Int) {
        guard Terminal.isWatched else { return }
        let now = MonotonicClock.seconds()
        guard now - shownAt > 0.1 else { return }
        shownAt = now
        isShown = true
        var text = "\(what): \(done)"
        if let total, total > 0 { text += " of \(total) (\(min(100, done * 100 / total)) %)" }
        Terminal.display("\r\u{1B}[2K\(text)")
    }

    mutating func end() {
        if isShown { Terminal.display("\r\u{1B}[2K") }
        isShown = false
    }
}
