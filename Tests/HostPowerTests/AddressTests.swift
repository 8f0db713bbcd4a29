import HostPower
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        ("https://bmc.example", "https://bmc.example:443", "/redfish/v1"),
        ("https://bmc.example/", "https://bmc.example:443", "/redfish/v1"),
        ("http://127.0.0.1:8000/redfish/v1/Systems/a-1/", "http://127.0.0.1:8000", "/redfish/v1/Systems/a-1"),
        ("https://[2001:db8::7]:8443/redfish/v1", "https://[2001:db8::7]:8443", "/redfish/v1"),
    ])
    func redfish(text: String, origin: String, path: String) {
        let address = RedfishAddress(text)
        #expect(address?.origin == origin)
        #expect(address?.path == path)
    }

    @Test(arguments: [
        "bmc.example", "ftp://bmc.example", "https://", "https://user:secret@bmc.example", "https://bmc.example:0",
        "https://bmc.example:65536", "https://bmc.example/a?b", "https://bmc.example/a b", "https://-x",
    ])
    func noRedfish(text: String) { #expect(RedfishAddress(text) == nil) }

    @Test(arguments: [("ipmi://10.0.0.5", "10.0.0.5", 623), ("10.0.0.5:16230", "10.0.0.5", 16230)])
    func ipmi(text: String, name: String, port: Int) {
        #expect(IPMIAddress(text)?.name == name)
        #expect(IPMIAddress(text)?.port == port)
    }

    @Test(arguments: ["", "ipmi://", "-H", "a:b", "a b", "[::1", "::1:x"])
    func noIPMI(text: String) { #expect(IPMIAddress(text) == nil) }

    @Test func magicPacket() {
        let target = WakeTarget("wol://52:54:00:12:34:Ab@192.0.2.255:7")
        #expect(target?.broadcast == "192.0.2.255")
        #expect(target?.port == 7)
        let packet = target?.packet ?? []
        #expect(packet.count == 102)
        #expect(packet.prefix(6).allSatisfy { $0 == 255 })
        #expect(Array(packet.suffix(6)) == [0x52, 0x54, 0, 0x12, 0x34, 0xAB])
        #expect(WakeTarget("52-54-00-12-34-ab")?.broadcast == "255.255.255.255")
    }

    @Test(arguments: ["52:54:00:12:34", "52:54:00:12:34:zz", "52:54:00:12:34:ab:cd", "52:54:00:12:34:ab@", ""])
    func noMagicPacket(text: String) { #expect(WakeTarget(text) == nil) }

    @Test func instantaneousPower() {
        let text = """

                Instantaneous power reading:                   214 Watts
                Minimum during sampling period:                  8 Watts
            """
        #expect(IPMISwitch.watts(in: text) == 214)
        #expect(IPMISwitch.watts(in: "Instantaneous power reading: many Watts") == nil)
        #expect(IPMISwitch.watts(in: "") == nil)
    }
}
