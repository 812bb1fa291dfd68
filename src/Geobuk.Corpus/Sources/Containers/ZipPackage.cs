using System.Buffers;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Geobuk.Corpus.Sources.Containers;

/// <summary>
/// A ZIP archive of a document. Names that lead out of it or stand in it twice refuse the whole file; parts are unpacked into
/// memory against one budget, so that what the archive claims about sizes does not matter.
/// </summary>
internal sealed class ZipPackage : IDisposable
{
    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);
    private readonly UnpackBudget _budget;
    // Parts are large and short-lived; their arrays go back to the pool with the package.
    private readonly List<byte[]> _rented = [];

    /// <exception cref="RefusedDocumentException">Not an archive, too many parts, or unsafe names.</exception>
    public ZipPackage(byte[] file, string path)
    {
        _budget = new UnpackBudget(path, file.Length);
        try
        {
            _archive = new ZipArchive(new MemoryStream(file, writable: false), ZipArchiveMode.Read);
            if (_archive.Entries.Count > ReadLimits.ArchiveEntries)
                throw new RefusedDocumentException(RefusalReason.TooLarge, $"{path}: an archive of {_archive.Entries.Count} parts; expected at most {ReadLimits.ArchiveEntries}. Do not use it.");
            foreach (var entry in _archive.Entries) Add(entry, path);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or ArgumentException or NotSupportedException or OverflowException)
        {
            throw Damaged($"an archive that cannot be opened ({e.Message}); expected a whole ZIP file", e);
        }
    }

    /// <summary>Names of the parts.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>True where a part of that name is there.</summary>
    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <summary>The content of a part, valid until the package is disposed.</summary>
    /// <exception cref="RefusedDocumentException">Missing, damaged, encrypted or larger than may be.</exception>
    public ReadOnlyMemory<byte> Read(string name)
    {
        if (!_entries.TryGetValue(name, out var entry)) throw Damaged($"no part {name}; expected one", null);
        if (entry.IsEncrypted) throw new RefusedDocumentException(RefusalReason.Encrypted, $"{_budget.Path}: {name} is encrypted; expected a document without a password. Remove it and save again.");
        try
        {
            using var stream = entry.Open();
            var part = Inflater.Drain(stream, Math.Min(entry.CompressedLength, int.MaxValue / 8), _budget, name, pooled: true);
            if (MemoryMarshal.TryGetArray(part, out var segment)) _rented.Add(segment.Array!);
            return part;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException or ArgumentException or OverflowException)
        {
            throw Damaged($"{name} cannot be opened ({e.Message}); expected a whole part", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _archive.Dispose();
        foreach (var array in _rented) ArrayPool<byte>.Shared.Return(array);
        _rented.Clear();
    }

    private void Add(ZipArchiveEntry entry, string path)
    {
        var name = entry.FullName.Replace('\\', '/');
        var unsafeName = name.StartsWith('/') || name.Contains(':', StringComparison.Ordinal) || name.Contains("..", StringComparison.Ordinal) && name.Split('/').Contains("..");
        if (unsafeName || !_entries.TryAdd(name, entry) && !name.EndsWith('/'))
        {
            var shown = name.Length > 80 ? name[..80] + "…" : name;
            throw new RefusedDocumentException(RefusalReason.UnsafeArchive, $"{path}: the archive has the name '{shown}' {(unsafeName ? "which leads out of it" : "twice")}; expected plain names. Do not use it.");
        }
    }

    private RefusedDocumentException Damaged(string what, Exception? cause)
    {
        var message = $"{_budget.Path}: {what}. Save the document again.";
        return cause is null ? new RefusedDocumentException(RefusalReason.Damaged, message) : new RefusedDocumentException(RefusalReason.Damaged, message, cause);
    }
}
