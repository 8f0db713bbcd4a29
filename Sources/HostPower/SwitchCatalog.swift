internal import ClusterModel
internal import Documents

/// Every kind of power control: a new one is a file and a case here.
enum SwitchCatalog {
    static func make(
        host: String, _ control: PowerControl, _ accounts: [String: PowerAccount],
        _ presence: @escaping @Sendable (String) async -> Bool
    ) throws(PowerSetupError) -> any PowerSwitch {
        let address = control.url ?? ""
        guard !address.isEmpty else {
            throw problem(host, "powerControl.url is missing, allowed: \(example(of: control.kind))")
        }
        switch control.kind {
        case .redfish:
            let account = try account(of: host, control, accounts)
            guard let service = RedfishAddress(address) else {
                throw problem(host, "powerControl.url: found \(address), allowed: \(example(of: .redfish))")
            }
            guard service.isEncrypted || service.isLoopback || account.allowPlainHTTP else {
                throw problem(
                    host,
                    "powerControl.url: \(address) would send the password in the clear, allowed: https, or "
                        + "allowPlainHTTP: true in account \(account.name)")
            }
            return RedfishSwitch(host: host, address: service, account: account)
        case .ipmi:
            let account = try account(of: host, control, accounts)
            guard let controller = IPMIAddress(address) else {
                throw problem(host, "powerControl.url: found \(address), allowed: \(example(of: .ipmi))")
            }
            return IPMISwitch(host: host, tool: IPMITool(address: controller, account: account))
        case .wakeOnLan:
            guard let target = WakeTarget(address) else {
                throw problem(host, "powerControl.url: found \(address), allowed: \(example(of: .wakeOnLan))")
            }
            return WakeOnLANSwitch(host: host, target: target, presence: { await presence(host) })
        }
    }

    private static func account(
        of host: String, _ control: PowerControl, _ accounts: [String: PowerAccount]
    ) throws(PowerSetupError) -> PowerAccount {
        let name = control.credential ?? ""
        guard let account = accounts[name] else {
            let known = accounts.keys.sorted().joined(separator: ", ")
            throw problem(
                host, "powerControl.credential: found \"\(name)\", allowed: an account of the accounts file (\(known))")
        }
        return account
    }

    private static func example(of kind: PowerControl.Kind) -> String {
        switch kind {
        case .redfish: "https://CONTROLLER, or https://CONTROLLER/redfish/v1/Systems/ID"
        case .ipmi: "ipmi://CONTROLLER or ipmi://CONTROLLER:PORT"
        case .wakeOnLan: "wol://MAC or wol://MAC@BROADCAST:PORT, for example wol://52:54:00:12:34:56@192.0.2.255:9"
        }
    }

    private static func problem(_ host: String, _ text: String) -> PowerSetupError {
        PowerSetupError(problems: ["host \(host): \(text)"])
    }
}
