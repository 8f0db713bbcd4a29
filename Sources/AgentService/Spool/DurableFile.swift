import Glibc

/// Files that are there whole or not at all, whatever happens to the process or the machine.
enum DurableFile {
    /// Writes `bytes` beside `path`, brings them to the disk, and renames them into place.
    static func write(_ bytes: [UInt8], to path: String) throws(AgentError) {
        let temporary = path + ".tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("create", temporary, errno) }
        var errorNumber = writeAll(bytes, to: descriptor)
        if errorNumber == 0, fsync(descriptor) != 0 { errorNumber = errno }
        if close(descriptor) != 0, errorNumber == 0 { errorNumber = errno }
        if errorNumber == 0, rename(temporary, path) != 0 { errorNumber = errno }
        guard errorNumber == 0 else {
            unlink(temporary)
            throw failure("write", path, errorNumber)
        }
        try syncDirectory(of: path)
    }

    /// The file's bytes; at most `maxBytes` and one, so that a caller can tell that it is too long.
    static func read(_ path: String, maxBytes: Int) throws(AgentError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path, errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count <= maxBytes {
            let (count, errorNumber) = withUnsafeTemporaryAllocation(byteCount: 16384, alignment: 16) { buffer in
                let count = Glibc.read(descriptor, buffer.baseAddress, min(buffer.count, maxBytes + 1 - bytes.count))
                if count > 0 { bytes.append(contentsOf: buffer[..<count]) }
                return (count, errno)
            }
            if count == 0 { return bytes }
            if count < 0, errorNumber != EINTR { throw failure("read", path, errorNumber) }
        }
        return bytes
    }

    /// Removes a file; one that is gone already is fine.
    static func remove(_ path: String) throws(AgentError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure("remove", path, errno) }
    }

    static func move(_ path: String, to target: String) throws(AgentError) {
        guard rename(path, target) == 0 else { throw failure("move", path, errno) }
    }

    /// Makes a directory for this user alone, and those above it.
    static func makeDirectory(_ path: String) throws(AgentError) {
        var made = path.hasPrefix("/") ? "" : "."
        for component in path.split(separator: "/") {
            made += "/" + component
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw failure("create", made, errno) }
        }
    }

    static func failure(_ verb: String, _ path: String, _ errorNumber: Int32) -> AgentError {
        AgentError(code: .spool, message: "cannot \(verb) \(path): \(String(cString: strerror(errorNumber)))")
    }

    /// A rename is on the disk only when the directory is.
    private static func syncDirectory(of path: String) throws(AgentError) {
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(directory.isEmpty ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", directory, errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("sync", directory, errno) }
    }

    /// 0, or the number of the error.
    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
                if count < 0, errno != EINTR { return errno }
                written += max(count, 0)
            }
            return 0
        }
    }
}
