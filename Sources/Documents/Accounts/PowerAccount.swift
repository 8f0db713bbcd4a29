/// Who Drover is to a host's power controller. Comes from a file only its owner can read, and is never printed or
/// stored.
public struct PowerAccount: Sendable, Identifiable {
    /// What `powerControl.credential` of a host refers to.
    public var name: String
    public var user: String
    public var password: String
    /// PEM file of the authority that signed the controllers' certificates; `nil`: the system's authorities.
    public var certificateFile: String?
    /// Whether any certificate is taken for good. Controllers often have one that they signed themselves.
    public var trustAnyCertificate: Bool
    /// Whether the password may go over plain HTTP to another machine.
    public var allowPlainHTTP: Bool

    public var id: String { name }

    public init(
        name: String, user: String, password: String, certificateFile: String? = nil,
        trustAnyCertificate: Bool = false, allowPlainHTTP: Bool = false
    ) {
        self.name = name
        self.user = user
        self.password = password
        self.certificateFile = certificateFile
        self.trustAnyCertificate = trustAnyCertificate
        self.allowPlainHTTP = allowPlainHTTP
    }
}

extension PowerAccount: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "account \(name)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}
