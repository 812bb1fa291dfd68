using System.Buffers.Binary;
using System.Text;

namespace Geobuk.Samples.Generator.Documents;

/// <summary>Writes a compound file ([MS-CFB], version 3): streams in storages, small ones in the mini stream.</summary>
public static class CompoundFileWriter
{
    private const int Sector = 512, Mini = 64, MiniCutoff = 4096, EntryBytes = 128;
    private const uint EndOfChain = 0xFFFFFFFE, FatSector = 0xFFFFFFFD, Free = 0xFFFFFFFF;

    /// <summary>The file; names are paths such as BodyText/Section0.</summary>
    public static byte[] Write(IReadOnlyList<(string Name, byte[] Content)> streams)
    {
        var data = new List<byte>();
        var fat = new List<uint>();
        var miniData = new List<byte>();
        var miniFat = new List<uint>();
        var starts = streams.Select(stream => stream.Content.Length switch
        {
            0 => EndOfChain,
            < MiniCutoff => Append(miniData, miniFat, stream.Content, Mini),
            _ => Append(data, fat, stream.Content, Sector),
        }).ToList();
        var miniStart = miniData.Count == 0 ? EndOfChain : Append(data, fat, [.. miniData], Sector);
        var miniFatStart = miniFat.Count == 0 ? EndOfChain : Append(data, fat, Units(miniFat), Sector);
        var directory = Directory(streams, starts, miniStart, miniData.Count);
        var directoryStart = Append(data, fat, directory, Sector);
        var fatSectors = 1;
        while (fatSectors * (Sector / 4) < fat.Count + fatSectors) fatSectors++;
        var firstFat = (uint)fat.Count;
        for (var i = 0; i < fatSectors; i++) fat.Add(FatSector);
        while (fat.Count % (Sector / 4) != 0) fat.Add(Free);
        data.AddRange(Units(fat));
        return [.. Header(firstFat, fatSectors, directoryStart, miniFatStart, miniFat.Count), .. data];
    }

    private static uint Append(List<byte> data, List<uint> table, byte[] content, int size)
    {
        var first = (uint)table.Count;
        var count = (content.Length + size - 1) / size;
        for (var i = 0; i < count; i++) table.Add(i + 1 < count ? first + (uint)i + 1 : EndOfChain);
        data.AddRange(content);
        data.AddRange(new byte[count * size - content.Length]);
        return first;
    }

    private static byte[] Directory(IReadOnlyList<(string Name, byte[] Content)> streams, List<uint> starts, uint miniStart, int miniSize)
    {
        // Siblings hang on the right of one another; the format asks for a tree, readers for no more than links.
        var nodes = new List<(string Name, byte Type, uint Right, uint Child, uint Start, int Size)> { ("Root Entry", 5, Free, Free, miniStart, miniSize) };
        var storages = new Dictionary<string, int> { [""] = 0 };
        var last = new Dictionary<int, int>();
        void Add(int parent, (string, byte, uint, uint, uint, int) node)
        {
            nodes.Add(node);
            var index = nodes.Count - 1;
            if (last.TryGetValue(parent, out var sibling)) nodes[sibling] = nodes[sibling] with { Right = (uint)index };
            else nodes[parent] = nodes[parent] with { Child = (uint)index };
            last[parent] = index;
        }
        for (var i = 0; i < streams.Count; i++)
        {
            var slash = streams[i].Name.IndexOf('/', StringComparison.Ordinal);
            var storage = slash < 0 ? "" : streams[i].Name[..slash];
            if (!storages.TryGetValue(storage, out var parent))
            {
                Add(0, (storage, 1, Free, Free, 0, 0));
                storages[storage] = parent = nodes.Count - 1;
            }
            Add(parent, (streams[i].Name[(slash + 1)..], 2, Free, Free, starts[i], streams[i].Content.Length));
        }
        while (nodes.Count % (Sector / EntryBytes) != 0) nodes.Add(("", 0, Free, Free, 0, 0));
        var bytes = new byte[nodes.Count * EntryBytes];
        for (var i = 0; i < nodes.Count; i++)
        {
            var entry = bytes.AsSpan(i * EntryBytes, EntryBytes);
            var name = Encoding.Unicode.GetBytes(nodes[i].Name);
            name.CopyTo(entry);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[64..], (ushort)(name.Length == 0 ? 0 : name.Length + 2));
            entry[66] = nodes[i].Type;
            entry[67] = 1;
            BinaryPrimitives.WriteUInt32LittleEndian(entry[68..], Free);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[72..], nodes[i].Right);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[76..], nodes[i].Child);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[116..], nodes[i].Start);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[120..], (uint)nodes[i].Size);
        }
        return bytes;
    }

    private static byte[] Header(uint firstFat, int fatSectors, uint directory, uint miniFat, int miniFatUnits)
    {
        var header = new byte[Sector];
        ((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]).CopyTo(header);
        void U16(int at, int value) => BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(at), (ushort)value);
        void U32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(at), value);
        U16(0x18, 0x3E);
        U16(0x1A, 3);
        U16(0x1C, 0xFFFE);
        U16(0x1E, 9);
        U16(0x20, 6);
        U32(0x2C, (uint)fatSectors);
        U32(0x30, directory);
        U32(0x38, MiniCutoff);
        U32(0x3C, miniFat);
        U32(0x40, (uint)((miniFatUnits * 4 + Sector - 1) / Sector));
        U32(0x44, EndOfChain);
        for (var i = 0; i < 109; i++) U32(0x4C + 4 * i, i < fatSectors ? firstFat + (uint)i : Free);
        return header;
    }

    private static byte[] Units(List<uint> units)
    {
        var bytes = new byte[units.Count * 4];
        for (var i = 0; i < units.Count; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), units[i]);
        return bytes;
    }
}
