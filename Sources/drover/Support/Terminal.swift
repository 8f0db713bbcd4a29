import ArgumentParser
import Glibc

/// The three standard streams: the result goes to the output, the rest to the error.
enum Terminal {
    /// Whether somebody watches: progress is shown on a terminal only.
    static let isWatched = isatty(STDERR_FILENO) == 1

    /// Writes a result, completely. A reader that went away (`drover ... | head`) ends the program, as everywhere.
    static func output(_ text: String) throws {
        try write(Array(text.utf8), to: STDOUT_FILENO, named: "the standard output")
    }

    /// A line for the operator beside the result.
    static func note(_ text: String) {
        // There is nowhere to report a failure to.
        try? write(Array((text + "\n").utf8), to: STDERR_FILENO, named: "")
    }

    /// Raw text for a display on the standard error.
    static func display(_ text: String) {
        // As above.
        try? write(Array(text.utf8), to: STDERR_FILENO, named: "")
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32, named name: String) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure("\(name) cannot be written: \(String(cString: strerror(errno)))")
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Columns of the terminal; 80 when it does not say.
    static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}

extension ExitCode {
    /// Infeasible or partial: what could be planned is written.
    static let incomplete = ExitCode(2)
}
