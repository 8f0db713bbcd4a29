import Glibc

extension StoreFile {
    /// Bytes that its disk still has for this process.
    ///
    /// - Throws: `inputOutput` when the disk does not tell.
    func freeBytes() throws(StoreError) -> Int64 {
        var disk = statvfs()
        guard statvfs(path, &disk) == 0 else {
            throw StoreError(code: .inputOutput, message: "\(path): \(String(cString: strerror(errno)))")
        }
        return Int64(clamping: disk.f_bavail).multipliedReportingOverflow(by: Int64(clamping: disk.f_frsize))
            .partialValue
    }
}
