import ClusterModel
import Glibc

/// What the agent last did with its server, for `drover-agent status`. One `key: value` a line.
package actor StatusFile {
    private let path: String
    private let log: AgentLog
    private var values: [(key: String, value: String)] = []
    private var hasWarned = false

    package init(path: String, log: AgentLog) {
        self.path = path
        self.log = log
    }

    package static func path(inSpool directory: String) -> String { "\(directory)/status" }

    package func record(_ outcome: SendOutcome, at wallMilliseconds: Int64, dropped: Int) {
        let time = "\(Timestamp(millisecondsSinceEpoch: wallMilliseconds))"
        switch outcome {
        case .accepted: set("last accepted", time)
        case .refused(let reason): set("last refused", "\(time) \(AgentLog.printable(reason))")
        case .retry(let reason, _): set("last failure", "\(time) \(AgentLog.printable(reason))")
        }
        set("dropped since start", String(dropped))
        set("process", String(getpid()))
        write()
    }

    /// The file's lines as pairs; none when there is no file.
    package static func read(path: String) throws(AgentError) -> [(key: String, value: String)] {
        guard access(path, F_OK) == 0 else { return [] }
        let contents = try DurableFile.read(path, maxBytes: 16384)
        return String(decoding: contents, as: UTF8.self).split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            return (String(parts[0]), String(parts[1].drop { $0 == " " }))
        }
    }

    private func set(_ key: String, _ value: String) {
        values.removeAll { $0.key == key }
        values.append((key, value))
        values.sort { $0.key < $1.key }
    }

    private func write() {
        let text = values.map { "\($0.key): \($0.value)\n" }.joined()
        do throws(AgentError) {
            try DurableFile.write(Array(text.utf8), to: path)
            hasWarned = false
        } catch {
            if !hasWarned { log.warning(error.message) }
            hasWarned = true
        }
    }
}
