/// Why a file of the system could not be read.
public enum FileProblem: Error, Sendable, Hashable {
    /// Not there, or its process has gone.
    case missing
    case denied
    /// Longer than any file of its kind should be.
    case tooLarge
    case failed(errorNumber: Int32)
}

extension FileProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing: "is missing"
        case .denied: "may not be read by this user"
        case .tooLarge: "is longer than \(RootedFiles.maxFileBytes) bytes"
        case .failed(let errorNumber): "cannot be read (errno \(errorNumber))"
        }
    }
}

/// Read access to `/proc` and `/sys`, so that samplers run on captured trees as they do on the machine.
///
/// Paths are absolute. Every method may be called again at any time; nothing is kept between calls.
public protocol SystemFiles: Sendable {
    func read(_ path: String) throws(FileProblem) -> [UInt8]
    /// Names in a directory, sorted, without `.` and `..`.
    func entries(of directory: String) throws(FileProblem) -> [String]
    /// Where a symbolic link points; `nil` when it is none or may not be read.
    func linkTarget(_ path: String) -> String?
    func exists(_ path: String) -> Bool
}
