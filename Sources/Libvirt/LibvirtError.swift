internal import CLibvirt

/// What libvirt answered instead of a result.
public struct LibvirtError: Error, Sendable, Hashable, CustomStringConvertible {
    /// libvirt's `virErrorNumber`; 0 when libvirt is not installed or its event loop cannot be started.
    public let code: Int32
    /// The part of libvirt that raised it: its `virErrorDomain`.
    public let domain: Int32
    public let message: String

    public init(code: Int32, domain: Int32 = 0, message: String) {
        self.code = code
        self.domain = domain
        self.message = message
    }

    public var description: String { message }

    /// Whether this is libvirt's error of that number (`CLV_ERR_...`).
    package func isCode(_ number: Int) -> Bool { Int(code) == number }
}
