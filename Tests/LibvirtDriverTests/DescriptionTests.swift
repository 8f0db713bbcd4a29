import Testing

@testable import LibvirtDriver

/// What is read of libvirt's XML, and what is refused.
@Suite struct DescriptionTests {
    @Test func readsElementsTextAndReferences() throws {
        let node = try XMLReader.read(
            """
            <?xml version='1.0'?><!-- a -- comment -->
            <a x='1 &lt; 2' y="&#65;&#x42;"> one <b/><!--two--><b z=''>t&amp;u</b><![CDATA[<c>]]></a>
            """)
        #expect(node["x"] == "1 < 2" && node["y"] == "AB")
        #expect(node.all("b").count == 2 && node.all("b")[1].value == "t&u")
        #expect(node.value == "one <c>")
        #expect(try XMLReader.read(node.xml) == XMLReader.read(XMLReader.read(node.xml).xml))
    }

    @Test(arguments: [
        "", "text", "<a>", "<a></b>", "<a x=1/>", "<a x='1' x='2'/>", "<a/><b/>", "<a>&unknown;</a>", "<a>&#0;</a>",
        "<a>&#xD800;</a>", "<!DOCTYPE a><a/>", "<a", "<a x='", "<a><!-- </a>", "<a x='1'y='2'/>",
    ]) func refusesWhatIsNoXML(text: String) {
        #expect(throws: XMLError.self) { try XMLReader.read(text) }
    }

    @Test func hasLimits() {
        let deep = String(repeating: "<a>", count: 100) + String(repeating: "</a>", count: 100)
        #expect(throws: XMLError.self) { try XMLReader.read(deep) }
        let many = "<a>" + String(repeating: "<b/>", count: XMLReader.mostElements) + "</a>"
        #expect(throws: XMLError.self) { try XMLReader.read(many) }
    }

    private static let domain = """
        <domain type='kvm' id='3'>
          <name>db&amp;1</name><uuid>d3929dca-0b0a-40dc-a75d-7d5700b19131</uuid>
          <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
          <cpu mode='custom' match='exact'><model fallback='forbid'>Skylake-Server</model>
            <feature policy='require' name='vmx'/></cpu>
          <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
            <disk type='file' device='disk'><source file='/srv/nfs/a.qcow2'/><target dev='vda'/></disk>
            <disk type='file' device='disk'><source file='/var/lib/libvirt/images/b.raw'/><target dev='vdb'/></disk>
            <disk type='volume' device='disk'><source pool='ceph' volume='c'/><target dev='vdc'/></disk>
            <disk type='network' device='disk'><source protocol='rbd' name='p/d'/><target dev='vdd'/></disk>
            <disk type='file' device='cdrom'><target dev='sda'/><readonly/></disk>
            <interface type='network'><source network='default'/></interface>
            <interface type='bridge'><source bridge='br7'/></interface>
            EXTRA
          </devices>
        </domain>
        """

    private func description(_ extra: String = "") throws -> DomainDescription {
        try DomainDescription(xml: Self.domain.replacing("EXTRA", with: extra))
    }

    @Test func readsADomain() throws {
        let found = try description()
        #expect(found.name == "db&1" && found.type == "kvm" && found.machine == "pc-q35-7.2")
        #expect(found.networks == ["br7", "default"])
        #expect(found.obstacles.isEmpty)
        #expect(CPUCheck(found)?.model == "Skylake-Server")
    }

    @Test func knowsWhereDisksLie() throws {
        let pools = try StoragePools(
            xml: [
                "<pool type='dir'><name>images</name><target><path>/var/lib/libvirt/images</path></target></pool>",
                "<pool type='dir'><name>nfs</name><target><path>/srv/nfs</path></target></pool>",
                "<pool type='rbd'><name>ceph</name></pool>",
            ], sharedPools: ["nfs"])
        #expect(pools.sharedNames == ["ceph", "nfs"])
        #expect(
            try description().disks.map(pools.place)
                == [.shared(pool: "nfs"), .local, .shared(pool: "ceph"), .anywhere, .anywhere])
    }

    @Test(arguments: [
        ("<hostdev mode='subsystem' type='pci'/>", "passed through (pci)"),
        ("<interface type='hostdev'/>", "network device"),
        ("<filesystem type='mount'/>", "folder"),
        ("<tpm model='tpm-tis'><backend type='passthrough'/></tpm>", "TPM"),
    ]) func findsWhatForbidsMigration(device: String, words: String) throws {
        let obstacles = try description(device).obstacles
        #expect(obstacles.count == 1 && obstacles[0].contains(words), "\(obstacles)")
    }
}
