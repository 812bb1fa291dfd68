using System.Buffers.Binary;
using System.Text;

namespace Geobuk.Corpus.Sources.Containers;

/// <summary>
/// A compound file ([MS-CFB]) in memory. Every chain is followed for at most as many steps as there are sectors, every size is
/// checked against the bytes that its chain really has, and the directory is walked once per entry, so that cycles end.
/// </summary>
internal sealed class CompoundFile
{
    private const int HeaderBytes = 512, EntryBytes = 128, HeaderFatSectors = 109;
    private const uint LastRegularSector = 0xFFFFFFFA, NoEntry = 0xFFFFFFFF;

    private readonly byte[] _file;
    private readonly string _path;
    private readonly int _sectorShift, _miniShift;
    private readonly uint _miniCutoff;
    private readonly uint[] _fat;
    private readonly Dictionary<string, (uint Start, long Size)> _streams = new(StringComparer.Ordinal);
    private uint[]? _miniFat;
    private byte[]? _miniStream;
    private (uint Start, long Size) _root;
    private readonly uint _miniFatStart;
    // Which chain last went through a sector.
    private readonly int[] _visited;
    private int _chain;

    /// <exception cref="RefusedDocumentException">Not a compound file, or a broken one.</exception>
    public CompoundFile(byte[] file, string path)
    {
        (_file, _path) = (file, path);
        if (file.Length < HeaderBytes) throw Damaged($"a compound file of {file.Length} bytes; expected at least {HeaderBytes}");
        _sectorShift = U16(0x1E);
        _miniShift = U16(0x20);
        if (_sectorShift is not (9 or 12) || _miniShift != 6) throw Damaged($"sector shifts {_sectorShift} and {_miniShift}; expected 9 or 12, and 6");
        _visited = new int[Math.Max(0, SectorCount)];
        _miniCutoff = U32(0x38);
        _miniFatStart = U32(0x3C);
        _fat = ReadFat();
        ReadDirectory(ReadChain(U32(0x30), _fat, long.MaxValue, "directory"));
    }

    /// <summary>Names of all streams, with the storages they lie in: BodyText/Section0.</summary>
    public IReadOnlyCollection<string> Names => _streams.Keys;

    /// <summary>True where a stream of that name is there.</summary>
    public bool Contains(string name) => _streams.ContainsKey(name);

    /// <summary>The content of a stream.</summary>
    /// <exception cref="RefusedDocumentException">There is none of that name, or its chain is shorter than its size.</exception>
    public ReadOnlyMemory<byte> Read(string name)
    {
        if (!_streams.TryGetValue(name, out var stream)) throw Damaged($"no stream {name}; expected one");
        if (stream.Size > _file.Length) throw Damaged($"stream {name} claims {stream.Size} bytes in a file of {_file.Length}; expected less");
        if (stream.Size == 0) return ReadOnlyMemory<byte>.Empty;
        var bytes = stream.Size < _miniCutoff ? ReadMini(stream.Start, stream.Size, name) : ReadChain(stream.Start, _fat, stream.Size, name);
        return bytes.Length >= stream.Size
            ? bytes.AsMemory(0, (int)stream.Size)
            : throw Damaged($"stream {name} claims {stream.Size} bytes and has {bytes.Length}; expected all of them");
    }

    /// <summary>A refusal that names the file.</summary>
    public RefusedDocumentException Damaged(string what) => new(RefusalReason.Damaged, $"{_path}: {what}. Save the document again.");

    private int SectorSize => 1 << _sectorShift;

    private int SectorCount => (int)(((long)_file.Length - SectorSize + SectorSize - 1) >> _sectorShift);

    private uint[] ReadFat()
    {
        var sectors = new List<uint>();
        for (var i = 0; i < HeaderFatSectors; i++) AddFatSector(sectors, U32(0x4C + 4 * i));
        var perSector = SectorSize / 4 - 1;
        var next = U32(0x44);
        for (var steps = 0; next < LastRegularSector; steps++)
        {
            if (steps > SectorCount) throw Damaged("a chain of allocation tables that never ends; expected one that does");
            var table = Sector(next);
            if (table.Length < SectorSize) throw Damaged("an allocation table past the end of the file; expected it inside");
            for (var i = 0; i < perSector; i++) AddFatSector(sectors, BinaryPrimitives.ReadUInt32LittleEndian(table[(4 * i)..]));
            next = BinaryPrimitives.ReadUInt32LittleEndian(table[(4 * perSector)..]);
        }
        var fat = new uint[sectors.Count * (SectorSize / 4)];
        for (var i = 0; i < sectors.Count; i++) CopyUnits(Sector(sectors[i]), fat.AsSpan(i * (SectorSize / 4), SectorSize / 4));
        return fat;
    }

    private void AddFatSector(List<uint> sectors, uint sector)
    {
        if (sector >= LastRegularSector) return;
        if (sector >= SectorCount || sectors.Count > SectorCount) throw Damaged($"allocation table in sector {sector} of {SectorCount}; expected it inside the file");
        sectors.Add(sector);
    }

    private static void CopyUnits(ReadOnlySpan<byte> bytes, Span<uint> units)
    {
        for (var i = 0; i < units.Length; i++) units[i] = 4 * i + 4 <= bytes.Length ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * i)..]) : uint.MaxValue;
    }

    // The last sector of a file may be cut short by its writer.
    private ReadOnlySpan<byte> Sector(uint sector)
    {
        var offset = ((long)sector + 1) << _sectorShift;
        return offset >= _file.Length ? [] : _file.AsSpan((int)offset, (int)Math.Min(SectorSize, _file.Length - offset));
    }

    private byte[] ReadChain(uint start, uint[] table, long wanted, string name)
    {
        var sectors = new List<uint>();
        _chain++;
        for (var sector = start; sector < LastRegularSector && (long)sectors.Count << _sectorShift < wanted; sector = table[sector])
        {
            if (sector >= table.Length || sector >= SectorCount) throw Damaged($"{name} goes on in sector {sector} of {SectorCount}; expected it inside the file");
            if (_visited[sector] == _chain) throw Damaged($"the sectors of {name} form a circle; expected an end");
            _visited[sector] = _chain;
            sectors.Add(sector);
        }
        var bytes = new byte[sectors.Count << _sectorShift];
        for (var i = 0; i < sectors.Count; i++) Sector(sectors[i]).CopyTo(bytes.AsSpan(i << _sectorShift));
        return bytes;
    }

    private byte[] ReadMini(uint start, long size, string name)
    {
        if (_miniStream is null)
        {
            _miniStream = ReadChain(_root.Start, _fat, Math.Min(_root.Size, _file.Length), "the mini stream");
            var table = ReadChain(_miniFatStart, _fat, long.MaxValue, "the mini allocation table");
            _miniFat = new uint[table.Length / 4];
            CopyUnits(table, _miniFat);
        }
        var bytes = new byte[size];
        var sector = start;
        for (var done = 0; done < size; done += 1 << _miniShift)
        {
            var offset = (long)sector << _miniShift;
            if (sector >= _miniFat!.Length || offset >= _miniStream.Length) throw Damaged($"{name} goes on in small sector {sector} of {_miniFat.Length}; expected it inside the file");
            var length = (int)Math.Min(Math.Min(1 << _miniShift, size - done), _miniStream.Length - offset);
            _miniStream.AsSpan((int)offset, length).CopyTo(bytes.AsSpan(done));
            sector = _miniFat[sector];
        }
        return bytes;
    }

    private void ReadDirectory(byte[] directory)
    {
        if (directory.Length < EntryBytes) throw Damaged("a compound file without a directory; expected one");
        _root = (BinaryPrimitives.ReadUInt32LittleEndian(directory.AsSpan(116)), Size(directory, 0));
        var seen = new bool[directory.Length / EntryBytes];
        var open = new Stack<(uint Entry, string Prefix)>();
        open.Push((BinaryPrimitives.ReadUInt32LittleEndian(directory.AsSpan(76)), ""));
        while (open.TryPop(out var item))
        {
            if (item.Entry == NoEntry || item.Entry >= seen.Length || seen[item.Entry]) continue;
            seen[item.Entry] = true;
            var offset = (int)item.Entry * EntryBytes;
            var entry = directory.AsSpan(offset, EntryBytes);
            var nameBytes = Math.Clamp(BinaryPrimitives.ReadUInt16LittleEndian(entry[64..]) - 2, 0, 62);
            var name = item.Prefix + Encoding.Unicode.GetString(entry[..(nameBytes & ~1)]);
            if (entry[66] == 2) _streams.TryAdd(name, (BinaryPrimitives.ReadUInt32LittleEndian(entry[116..]), Size(directory, offset)));
            if (entry[66] == 1 && item.Prefix.Length < 256) open.Push((BinaryPrimitives.ReadUInt32LittleEndian(entry[76..]), name + "/"));
            open.Push((BinaryPrimitives.ReadUInt32LittleEndian(entry[68..]), item.Prefix));
            open.Push((BinaryPrimitives.ReadUInt32LittleEndian(entry[72..]), item.Prefix));
        }
    }

    // Writers of 512-byte sectors leave the upper half undefined.
    private long Size(ReadOnlySpan<byte> directory, int offset) =>
        _sectorShift == 9 ? BinaryPrimitives.ReadUInt32LittleEndian(directory[(offset + 120)..]) : (long)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(directory[(offset + 120)..]), long.MaxValue);

    private ushort U16(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_file.AsSpan(offset));

    private uint U32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_file.AsSpan(offset));
}
