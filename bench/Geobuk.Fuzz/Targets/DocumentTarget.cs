using System.IO.Compression;
using Geobuk.Corpus.Sources;
using Geobuk.Fuzz.Mutations;

namespace Geobuk.Fuzz.Targets;

/// <summary>Documents of one format. Archives are also damaged inside: a part is unpacked, damaged and packed again.</summary>
internal sealed class DocumentTarget(string extension) : Target
{
    public override string Name => extension[1..];

    public override string FileName => "document" + extension;

    public override byte[] Mutate(byte[] file, Random random) =>
        file is [(byte)'P', (byte)'K', ..] && random.Next(3) > 0 ? MutatePart(file, random) : ByteMutations.Apply(file, Seeds, random);

    public override void Read(string folder)
    {
        try
        {
            foreach (var document in DocumentReaders.Read(Path.Combine(folder, FileName)))
                foreach (var block in document.Blocks)
                    if (block.Start >= 0 && !document.Text.AsSpan(block.Start).StartsWith(block.Text)) throw new InvalidOperationException($"block at {block.Start} is not where it says");
        }
        catch (RefusedDocumentException fault) when (fault.Reason == RefusalReason.ReaderFault)
        {
            throw new InvalidOperationException(fault.InnerException!.ToString());
        }
    }

    private byte[] MutatePart(byte[] file, Random random)
    {
        try
        {
            using var source = new ZipArchive(new MemoryStream(file), ZipArchiveMode.Read);
            var chosen = random.Next(source.Entries.Count);
            using var target = new MemoryStream();
            using (var archive = new ZipArchive(target, ZipArchiveMode.Create, leaveOpen: true))
                for (var i = 0; i < source.Entries.Count; i++)
                {
                    var bytes = Content(source.Entries[i]);
                    if (i == chosen) bytes = ByteMutations.Apply(bytes, Seeds, random);
                    using var entry = archive.CreateEntry(source.Entries[i].FullName, CompressionLevel.Fastest).Open();
                    entry.Write(bytes);
                }
            return target.ToArray();
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or IOException or NotSupportedException)
        {
            // An archive that is damaged already is damaged further from outside.
            return ByteMutations.Apply(file, Seeds, random);
        }
    }

    private static byte[] Content(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
