/// What switches the power of a rig's hosts, emulated: the power alone; a test makes the rig's hosts obey it.
public protocol HostControllers: Sendable {
    /// `powerControl` of a host, as it stands in a hosts file, with the account `lab`.
    func powerControl(of host: String) -> String

    /// Whether the host has power.
    func hasPower(_ host: String) async throws -> Bool
}

extension HostControllers {
    /// The file of accounts that the emulators' passwords stand in.
    public var accounts: String {
        "accounts:\n  - {name: lab, user: \(EmulatedAccount.user), password: \"\(EmulatedAccount.password)\"}\n"
    }
}

/// Whom emulated controllers obey.
public enum EmulatedAccount {
    public static let user = "admin"
    public static let password = "only-for-tests"
}
