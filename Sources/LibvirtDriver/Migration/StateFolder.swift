internal import ClusterModel
internal import Execution
internal import FoundationEssentials
internal import Glibc
internal import Synchronization

/// The driver's durable memory: a folder beside the store, a small file for each step and each host.
///
/// Steps under way lie apart from those that have ended, of which there may be many. Each file is replaced as a whole
/// and made durable before a call returns; changes are made under a lock that other processes respect. So several
/// Drovers may use it, and none leaves it half written.
final class StateFolder: Sendable {
    /// Steps of ended runs are kept for this long.
    private static let keptSeconds = 30 * 86400.0

    let path: String
    private let lock = Mutex(())

    init(path: String) throws(DriverError) {
        self.path = path
        for folder in [path, "\(path)/open", "\(path)/ended", "\(path)/hosts"]
        where mkdir(folder, 0o755) != 0 && errno != EEXIST {
            throw Self.failure(folder, "cannot be made")
        }
    }

    private static func failure(_ path: String, _ what: String) -> DriverError {
        DriverError(code: .invalid, message: "\(path): \(what): \(String(cString: strerror(errno)))")
    }

    // MARK: - Steps

    func step(_ key: StepKey) throws(DriverError) -> StepRecord? {
        // In this order: a step that ends between the two looks is found by a third.
        if let open = try read(StepRecord.self, openFile(key)), open.end == nil, access(endedFile(key), F_OK) != 0 {
            return open
        }
        return try read(StepRecord.self, endedFile(key))
    }

    /// Changes a step's record, or makes it; `change` gets `nil` when there is none, and keeps it so by leaving it.
    @discardableResult
    func update(
        _ key: StepKey, _ change: (inout StepRecord?) throws(DriverError) -> Void
    ) throws(DriverError) -> StepRecord? {
        try locked { () throws(DriverError) in
            var record = try step(key)
            let before = record
            try change(&record)
            guard let record, record != before else { return record }
            if record.end == nil {
                try write(record, openFile(key))
            } else {
                try write(record, endedFile(key))
                try delete(openFile(key))
            }
            return record
        }
    }

    /// Forgets a step that was never begun.
    func remove(_ key: StepKey) throws(DriverError) {
        try locked { () throws(DriverError) in try delete(openFile(key)) }
    }

    /// The steps that have not ended.
    func openSteps() throws(DriverError) -> [StepRecord] {
        var open: [StepRecord] = []
        for name in try names(in: "open") where access("\(path)/ended/\(name)", F_OK) != 0 {
            if let record = try read(StepRecord.self, "\(path)/open/\(name)") { open.append(record) }
        }
        return open.sorted { $0.key.description < $1.key.description }
    }

    /// Forgets steps that ended long ago.
    func tidy(now: Timestamp) throws(DriverError) {
        for name in try names(in: "ended") {
            let file = "\(path)/ended/\(name)"
            guard let record = try read(StepRecord.self, file),
                now.seconds(since: record.startedAt) > Self.keptSeconds
            else { continue }
            try delete("\(path)/open/\(name)")
            try delete(file)
        }
    }

    private func openFile(_ key: StepKey) -> String { "\(path)/open/\(Self.fileName(key.description)).json" }

    private func endedFile(_ key: StepKey) -> String { "\(path)/ended/\(Self.fileName(key.description)).json" }

    private func delete(_ file: String) throws(DriverError) {
        if unlink(file) != 0, errno != ENOENT { throw Self.failure(file, "cannot be removed") }
    }

    // MARK: - Fences and hosts

    /// Refuses a fence below the highest one seen; remembers a higher one.
    func admit(fence: Int64) throws(DriverError) {
        try locked { () throws(DriverError) in
            let file = "\(path)/fence.json"
            let highest = try read(Int64.self, file) ?? .min
            guard fence >= highest else {
                throw DriverError(
                    code: .staleFence, message: "another Drover has taken over (fence \(highest), this one \(fence))")
            }
            if fence > highest { try write(fence, file) }
        }
    }

    func hostState(_ id: String) throws(DriverError) -> Host.State? {
        try read(HostRecord.self, "\(path)/hosts/\(Self.fileName(id)).json")?.state
    }

    func setHostState(_ id: String, _ state: Host.State) throws(DriverError) {
        try locked { () throws(DriverError) in
            try write(HostRecord(id: id, state: state), "\(path)/hosts/\(Self.fileName(id)).json")
        }
    }

    // MARK: - Files

    /// Letters, digits, dots and dashes stay; all else is written as its bytes, so that different names stay different.
    private static func fileName(_ name: String) -> String {
        name.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                String(UnicodeScalar(byte))
            default: "_" + String(byte, radix: 16)
            }
        }.joined()
    }

    private func names(in folder: String) throws(DriverError) -> [String] {
        do {
            let found = try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")
            return found.filter { $0.hasSuffix(".json") }.sorted()
        } catch {
            throw DriverError(code: .invalid, message: "\(path)/\(folder): cannot be listed: \(error)")
        }
    }

    private func locked<Value>(_ body: () throws(DriverError) -> Value) throws(DriverError) -> Value {
        let result = lock.withLock { _ -> Result<Value, DriverError> in
            let descriptor = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { return .failure(Self.failure("\(path)/lock", "cannot be opened")) }
            defer { close(descriptor) }
            while flock(descriptor, LOCK_EX) != 0 {
                guard errno == EINTR else { return .failure(Self.failure("\(path)/lock", "cannot be locked")) }
            }
            do throws(DriverError) { return .success(try body()) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private func read<Value: Decodable>(_ type: Value.Type, _ file: String) throws(DriverError) -> Value? {
        guard let data = FileManager.default.contents(atPath: file) else {
            if access(file, F_OK) != 0 { return nil }
            throw Self.failure(file, "cannot be read")
        }
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw DriverError(code: .invalid, message: "\(file): not a record of Drover's: \(error)")
        }
    }

    private func write(_ value: some Encodable, _ file: String) throws(DriverError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let data: Data
        do {
            data = try encoder.encode(value)
        } catch {
            throw DriverError(code: .invalid, message: "\(file): cannot be written: \(error)")
        }
        let temporary = "\(file).new-\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(file, "cannot be written") }
        let isWritten = data.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) == $0.count }
        let isDurable = isWritten && fsync(descriptor) == 0
        close(descriptor)
        guard isDurable, rename(temporary, file) == 0 else {
            let failure = Self.failure(file, "cannot be written")
            unlink(temporary)
            throw failure
        }
        let folder = open(
            String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw Self.failure(file, "cannot be made durable") }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw Self.failure(file, "cannot be made durable") }
    }
}
