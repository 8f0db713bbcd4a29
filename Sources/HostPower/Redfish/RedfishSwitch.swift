internal import ClusterModel
package import Documents
package import Execution

/// One system of a Redfish service (DMTF DSP0266; resource `ComputerSystem`, action `ComputerSystem.Reset`).
package struct RedfishSwitch: PowerSwitch {
    private let host: String
    private let client: RedfishClient
    private let path: String

    package init(host: String, address: RedfishAddress, account: PowerAccount) {
        self.host = host
        client = RedfishClient(host: host, address: address, account: account)
        path = address.path
    }

    package func state() async throws(DriverError) -> HostPower {
        let system = try await system()
        switch system["PowerState"]?.text {
        // One on its way is not yet there.
        case "On", "PoweringOff", "Paused": return .on
        case "Off", "PoweringOn": return .off
        case let other:
            throw invalid(
                "PowerState: found \(other ?? "nothing"), expected On | Off | PoweringOn | PoweringOff | Paused")
        }
    }

    package func turnOn() async throws(DriverError) { try await reset(["On", "ForceOn"]) }

    package func shutDown() async throws(DriverError) { try await reset(["GracefulShutdown"]) }

    package func cutOff() async throws(DriverError) { try await reset(["ForceOff"]) }

    /// The newer `EnvironmentMetrics` of the chassis where there is one, else its `Power`; many have neither.
    package func watts() async throws(DriverError) -> Double? {
        for chassis in try await system()["Links"]?["Chassis"]?.elements ?? [] {
            guard let place = chassis["@odata.id"]?.text else { continue }
            let resource = try await client.get(place)
            if let metrics = resource["EnvironmentMetrics"]?["@odata.id"]?.text,
                let watts = try await optional(metrics)?["PowerWatts"]?["Reading"]?.double
            {
                return watts
            }
            guard let power = resource["Power"]?["@odata.id"]?.text else { continue }
            let controls = try await optional(power)?["PowerControl"]?.elements ?? []
            if let watts = controls.lazy.compactMap({ $0["PowerConsumedWatts"]?.double }).first { return watts }
        }
        return nil
    }

    /// A resource that need not be there.
    private func optional(_ path: String) async throws(DriverError) -> JSONValue? {
        do throws(DriverError) {
            return try await client.get(path)
        } catch {
            guard error.code == .refused else { throw error }
            return nil
        }
    }

    /// The first of the reset types that the system takes.
    private func reset(_ types: [String]) async throws(DriverError) {
        let system = try await system()
        let action = system["Actions"]?["#ComputerSystem.Reset"]
        guard let target = action?["target"]?.text else { throw invalid("it has no action ComputerSystem.Reset") }
        let allowed = action?["ResetType@Redfish.AllowableValues"]?.elements.compactMap(\.text) ?? []
        guard let type = types.first(where: { allowed.isEmpty || allowed.contains($0) }) else {
            throw DriverError(
                code: .unsupported,
                message: "host \(host): its Redfish service knows no reset \(types.joined(separator: " or ")), only "
                    + allowed.joined(separator: ", "))
        }
        try await client.post(target, .object(fields: ["ResetType": .string(value: type)]))
    }

    /// The system meant: the one named, or the only one that the service has.
    private func system() async throws(DriverError) -> JSONValue {
        let resource = try await client.get(path)
        if resource["PowerState"] != nil || resource["Actions"] != nil { return resource }
        let collection: JSONValue
        if let systems = resource["Systems"]?["@odata.id"]?.text {
            collection = try await client.get(systems)
        } else {
            collection = resource
        }
        let members = collection["Members"]?.elements.compactMap { $0["@odata.id"]?.text } ?? []
        guard members.count == 1, let only = members.first else {
            throw invalid("it has \(members.count) systems, name one: .../redfish/v1/Systems/ID")
        }
        return try await client.get(only)
    }

    private func invalid(_ text: String) -> DriverError {
        DriverError(code: .invalid, message: "host \(host): \(path) of its Redfish service: \(text)")
    }
}
