import Glibc

/// The real files beneath a root: `/` on a host, the mount point of the host's root in a container, a captured tree.
public struct RootedFiles: SystemFiles {
    /// Far above the longest file that is read: /proc/stat of a host with thousands of interrupts has some 100 KB.
    public static let maxFileBytes = 4 << 20

    private let root: String

    /// `root` is put before every path; a trailing slash is dropped.
    public init(root: String = "") {
        self.root = root.hasSuffix("/") ? String(root.dropLast()) : root
    }

    public func read(_ path: String) throws(FileProblem) -> [UInt8] {
        let descriptor = open(root + path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.problem(errno) }
        defer { close(descriptor) }
        var contents: [UInt8] = []
        while true {
            // 16 KiB holds most files whole; the kernel makes up the text anew for each read, so few reads are better.
            let (count, errorNumber) = withUnsafeTemporaryAllocation(byteCount: 16384, alignment: 16) { buffer in
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                if count > 0 { contents.append(contentsOf: buffer[..<count]) }
                return (count, errno)
            }
            if count == 0 { return contents }
            if count < 0 {
                if errorNumber == EINTR { continue }
                throw Self.problem(errorNumber)
            }
            guard contents.count <= Self.maxFileBytes else { throw .tooLarge }
        }
    }

    public func entries(of directory: String) throws(FileProblem) -> [String] {
        guard let stream = opendir(root + directory) else { throw Self.problem(errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    public func linkTarget(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(byteCount: Int(PATH_MAX), alignment: 1) { buffer in
            guard let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else { return nil }
            let count = readlink(root + path, base, buffer.count)
            return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
        }
    }

    public func exists(_ path: String) -> Bool {
        access(root + path, F_OK) == 0
    }

    private static func problem(_ errorNumber: Int32) -> FileProblem {
        switch errorNumber {
        case ENOENT, ESRCH, ENOTDIR, ENODEV: .missing
        case EACCES, EPERM: .denied
        default: .failed(errorNumber: errorNumber)
        }
    }
}
