using System.Security.Cryptography;
using System.Text;
using Geobuk.Corpus.Cards;
using Geobuk.Corpus.Lineage;
using Geobuk.Corpus.Shards;
using Geobuk.Models;

namespace Geobuk.Corpus;

/// <summary>Whether a corpus is what its cards say: files against their hashes, lineage against the Merkle root, tokens against lineage, cards against their standards.</summary>
public static class CorpusVerification
{
    /// <summary>One line for each thing that does not hold; none where all does.</summary>
    /// <exception cref="UserInputException">No corpus there, or a shard or line that cannot be read.</exception>
    public static IReadOnlyList<string> Problems(string folder, CancellationToken cancellation)
    {
        var report = Path.Combine(folder, "corpus.json");
        if (!File.Exists(report)) throw new UserInputException($"{report}: no such file; expected the folder of a corpus. Name the folder that geobuk corpus build or the corpus step wrote.");
        return [.. CorpusCards.Problems(folder), .. Files(folder, cancellation), .. Documents(folder, CorpusReport.Load(report), cancellation)];
    }

    private static IEnumerable<string> Files(string folder, CancellationToken cancellation)
    {
        foreach (var file in CorpusCards.StatedFiles(folder))
        {
            cancellation.ThrowIfCancellationRequested();
            var path = Path.Combine(folder, Path.GetFileName(file.Name));
            if (!File.Exists(path)) yield return $"{file.Name}: missing; expected SHA-256 {file.Sha256}";
            else if (HashOf(path) is var hash && hash != file.Sha256) yield return $"{file.Name}: SHA-256 is {hash}; expected {file.Sha256}";
        }
    }

    private static List<string> Documents(string folder, CorpusReport report, CancellationToken cancellation)
    {
        var problems = new List<string>();
        var tree = new MerkleTree();
        var shards = report.Sets.Keys.ToDictionary(set => set, set => ShardReader.Open(Path.Combine(folder, set + ".bin")));
        try
        {
            foreach (var line in File.ReadLines(Path.Combine(folder, DocumentLineage.FileName)))
            {
                cancellation.ThrowIfCancellationRequested();
                tree.Add(Encoding.UTF8.GetBytes(line));
                var document = DocumentLineage.Parse(line, $"{DocumentLineage.FileName}:{tree.Count}");
                if (!shards.TryGetValue(document.Set, out var shard) || document.Place >= shard.DocumentCount) problems.Add($"{document.Id}: {document.Set} has no document {document.Place}");
                else if (LineageWriter.HashOf(shard.Document(document.Place)) is var hash && hash != document.TokensSha256) problems.Add($"{document.Id}: SHA-256 of its tokens is {hash}; expected {document.TokensSha256}");
            }
        }
        finally
        {
            foreach (var shard in shards.Values) shard.Dispose();
        }
        if (tree.Root() is var root && root != report.MerkleRoot) problems.Add($"{DocumentLineage.FileName}: Merkle root is {root}; expected {report.MerkleRoot}");
        var documents = report.Sets.Values.Sum(set => set.Documents);
        if (tree.Count != documents) problems.Add($"{DocumentLineage.FileName}: {tree.Count} lines; expected {documents}, one for each document of the sets");
        return problems;
    }

    private static string HashOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
