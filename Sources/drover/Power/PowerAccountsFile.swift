import Documents
import Glibc

/// The file of power accounts. It holds passwords, so only its owner may be able to read it.
enum PowerAccountsFile {
    static func read(_ path: String) throws -> [PowerAccount] {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw Failure("\(path): cannot be read: \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw Failure(
                "\(path): holds passwords and can be read by others (mode \(String(status.st_mode & 0o777, radix: 8))): "
                    + "chmod 600 \(path)")
        }
        return try PowerAccountsDocument.read(try Files.read(path), name: path)
    }
}
