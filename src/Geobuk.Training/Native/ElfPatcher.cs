using System.Buffers.Binary;
using System.Text;
using Geobuk.Models;

namespace Geobuk.Training.Native;

/// <summary>
/// Rewrites symbol version needs in a 64-bit little-endian ELF shared object, in memory. Used on a copy of TorchSharp's
/// native library where the host's libstdc++ is older than the one it was linked with (Debian 12, Ubuntu 22.04, RHEL 9).
/// For each patch: the name in the dynamic string table is overwritten, the symbol's version index is moved to a version
/// that the host has, and the need of the missing version is marked weak. Layout: System V gABI, chapter 5, and the
/// LSB's "Symbol Versioning".
/// </summary>
internal sealed class ElfPatcher
{
    private const int DynamicStringTable = 5, DynamicSymbolTable = 6, DynamicSymbolVersions = 0x6ffffff0;
    private const int DynamicVersionNeeds = 0x6ffffffe, DynamicVersionNeedCount = 0x6fffffff;
    private const int ProgramLoad = 1, ProgramDynamic = 2, SymbolBytes = 24;
    private const ushort WeakFlag = 2;

    private readonly byte[] _image;
    private readonly string _place;
    private readonly Dictionary<long, long> _dynamic = [];
    private readonly Dictionary<string, VersionNeed> _needs = [];

    /// <summary>Reads the tables of an image that will be changed in place.</summary>
    public ElfPatcher(byte[] image, string place)
    {
        (_image, _place) = (image, place);
        if (image.Length < 64 || image[0] != 0x7f || image[1] != 'E' || image[2] != 'L' || image[3] != 'F' || image[4] != 2 || image[5] != 1)
            throw new UserInputException($"{place}: not a 64-bit little-endian ELF file; expected TorchSharp's native library. Restore the packages again.");
        ReadDynamic();
        ReadVersionNeeds();
    }

    /// <summary>Version names that the image needs, such as GLIBCXX_3.4.32.</summary>
    public IReadOnlyCollection<string> NeededVersions => _needs.Keys;

    /// <summary>Applies one patch; false if the image does not import the symbol under that version.</summary>
    public bool Apply(SymbolPatch patch)
    {
        if (!_needs.TryGetValue(patch.MissingVersion, out var missing)) return false;
        var symbol = FindSymbol(patch.Symbol, missing.Index);
        if (symbol is null) return false;
        if (!_needs.TryGetValue(patch.AvailableVersion, out var available))
            throw new InvalidOperationException($"{_place}: needs nothing of {patch.AvailableVersion}; {patch.Symbol} cannot be moved to it");
        Rename(symbol.Value.NameOffset, patch.Symbol, patch.Replacement);
        WriteUInt16(Offset(_dynamic[DynamicSymbolVersions]) + symbol.Value.Index * 2, available.Index);
        WriteUInt16(missing.FlagsOffset, (ushort)(ReadUInt16(missing.FlagsOffset) | WeakFlag));
        return true;
    }

    private void ReadDynamic()
    {
        foreach (var (type, offset, _, size) in ProgramHeaders())
        {
            if (type != ProgramDynamic) continue;
            for (var entry = offset; entry + 16 <= offset + size; entry += 16)
                _dynamic.TryAdd(ReadInt64(entry), ReadInt64(entry + 8));
        }
    }

    private void ReadVersionNeeds()
    {
        if (!_dynamic.TryGetValue(DynamicVersionNeeds, out var address)) return;
        var file = Offset(address);
        for (var i = 0; i < _dynamic[DynamicVersionNeedCount]; i++)
        {
            var entry = file + ReadInt32(file + 8);
            for (var j = 0; j < ReadUInt16(file + 2); j++)
            {
                _needs[Text(ReadInt32(entry + 8))] = new VersionNeed(ReadUInt16(entry + 6), entry + 4);
                entry += ReadInt32(entry + 12);
            }
            file += ReadInt32(file + 12);
        }
    }

    private (long Index, long NameOffset)? FindSymbol(string name, ushort version)
    {
        var symbols = Offset(_dynamic[DynamicSymbolTable]);
        var versions = Offset(_dynamic[DynamicSymbolVersions]);
        // The symbol table has no length of its own; version indices run beside it and the string table ends it.
        for (long i = 1; symbols + (i + 1) * SymbolBytes <= _image.Length && versions + (i + 1) * 2 <= _image.Length; i++)
        {
            if (ReadUInt16(versions + i * 2) != version) continue;
            var nameOffset = ReadInt32(symbols + i * SymbolBytes);
            if (nameOffset > 0 && nameOffset < _dynamic[10] && Text(nameOffset) == name) return (i, nameOffset);
            if (i > 1 << 20) break;
        }
        return null;
    }

    private void Rename(long nameOffset, string old, string replacement)
    {
        if (replacement.Length > old.Length) throw new ArgumentException($"{replacement} is longer than {old}", nameof(replacement));
        var target = _image.AsSpan((int)(Offset(_dynamic[DynamicStringTable]) + nameOffset), old.Length);
        target.Clear();
        Encoding.ASCII.GetBytes(replacement, target);
    }

    private string Text(long offset)
    {
        var start = _image.AsSpan((int)(Offset(_dynamic[DynamicStringTable]) + offset));
        return Encoding.ASCII.GetString(start[..start.IndexOf((byte)0)]);
    }

    private long Offset(long address)
    {
        foreach (var (type, offset, virtualAddress, size) in ProgramHeaders())
            if (type == ProgramLoad && address >= virtualAddress && address < virtualAddress + size) return address - virtualAddress + offset;
        throw new UserInputException($"{_place}: address {address:x} is in no segment; expected a whole ELF file. Restore the packages again.");
    }

    private IEnumerable<(int Type, long Offset, long Address, long Size)> ProgramHeaders()
    {
        var (start, size, count) = (ReadInt64(32), ReadUInt16(54), ReadUInt16(56));
        for (var i = 0; i < count; i++)
        {
            var header = start + i * size;
            yield return (ReadInt32(header), ReadInt64(header + 8), ReadInt64(header + 16), ReadInt64(header + 32));
        }
    }

    private ushort ReadUInt16(long offset) => BinaryPrimitives.ReadUInt16LittleEndian(_image.AsSpan((int)offset));
    private int ReadInt32(long offset) => BinaryPrimitives.ReadInt32LittleEndian(_image.AsSpan((int)offset));
    private long ReadInt64(long offset) => BinaryPrimitives.ReadInt64LittleEndian(_image.AsSpan((int)offset));
    private void WriteUInt16(long offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(_image.AsSpan((int)offset), value);

    private readonly record struct VersionNeed(ushort Index, long FlagsOffset);
}
