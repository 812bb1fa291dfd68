using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Geobuk.Compression.Quantization;
using Geobuk.Models;
using Geobuk.Models.Checkpoints.Gguf;

namespace Geobuk.Compression.Conversion;

/// <summary>
/// What an interrupted compression had finished: beside FILE.partial stands FILE.journal, a line for the job and one for every
/// finished tensor. The same job begun again takes over each tensor whose data still has the digest in its line; another job starts
/// clean. Both files are gone when the file is whole, and after every end but a kill or a cancellation.
/// </summary>
internal sealed class CompressionJournal : IDisposable
{
    private readonly string _path;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, Entry> _entries = [];
    private readonly FileStream _lines;

    private CompressionJournal(string path, string job)
    {
        (_path, Partial) = (path + ".journal", path + ".partial");
        try
        {
            _lines = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserInputException($"{path}: the file could not be written ({e.Message}); expected a folder to write to and no other process that writes the same file. Wait for that one or choose another folder.", e);
        }
        if (File.Exists(Partial)) Read(job);
        if (_entries.Count == 0) File.Delete(Partial);
        // Written anew, because a kill may have cut the last line short.
        _lines.SetLength(0);
        Append(Encoding.UTF8.GetBytes(job));
        foreach (var entry in _entries.Values) Append(JsonSerializer.SerializeToUtf8Bytes(entry));
    }

    /// <summary>The file under its temporary name.</summary>
    public string Partial { get; }

    /// <summary>Opens what a compression to a file left, if it was the same job.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="modelFolder">Where the weights come from: its files by name, size and time.</param>
    /// <param name="types">The plan.</param>
    /// <param name="options">Everything else that decides the bytes.</param>
    public static CompressionJournal Open(string path, string modelFolder, TypePlan types, CompressionOptions options)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // Only what decides the bytes: the light model, its plan and its card may be written to the same folder.
        foreach (var file in new DirectoryInfo(modelFolder).GetFiles().Where(IsPart).OrderBy(file => file.Name, StringComparer.Ordinal))
            hash.AppendData(Encoding.UTF8.GetBytes($"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}\n"));
        hash.AppendData(Encoding.UTF8.GetBytes($"{types.ToJson().ToJsonString()} {types.FileType} {options.Surgery} {options.JointSearch}\n"));
        options.Importance?.AppendTo(hash);
        options.Moments?.AppendTo(hash);
        return new CompressionJournal(path, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static bool IsPart(FileInfo file) => file.Extension == ".safetensors" || file.Name is "config.json" or "chat_template.jinja" || file.Name.StartsWith("tokenizer", StringComparison.Ordinal);

    /// <summary>Takes over the finished tensors whose data is still what it was.</summary>
    /// <returns>By index: digest and relative error.</returns>
    public IReadOnlyDictionary<int, (string Digest, double Error)> Adopt(GgufWriter writer)
    {
        var whole = _entries.Values.Where(entry => writer.Digest(entry.Tensor) == entry.Sha256).ToDictionary(entry => entry.Tensor, entry => (entry.Sha256, entry.Error));
        foreach (var tensor in whole.Keys) writer.Adopt(tensor);
        return whole;
    }

    /// <summary>A tensor is written. Thread-safe.</summary>
    public void Add(int tensor, string digest, double error)
    {
        lock (_lock)
        {
            _entries[tensor] = new Entry(tensor, digest, error);
            Append(JsonSerializer.SerializeToUtf8Bytes(_entries[tensor]));
        }
    }

    /// <summary>The file is whole, or the job has failed: nothing is left to continue.</summary>
    public void Discard()
    {
        _lines.Dispose();
        File.Delete(_path);
        File.Delete(Partial);
    }

    /// <summary>There is something to continue from.</summary>
    public bool HasProgress => _entries.Count > 0;

    /// <inheritdoc/>
    public void Dispose() => _lines.Dispose();

    private void Append(byte[] line)
    {
        _lines.Write(line);
        _lines.WriteByte((byte)'\n');
        _lines.Flush();
    }

    /// <summary>What cannot be read was not finished.</summary>
    private void Read(string job)
    {
        using var reader = new StreamReader(_lines, leaveOpen: true);
        if (reader.ReadLine() != job) return;
        while (reader.ReadLine() is { } line)
        {
            try
            {
                if (JsonSerializer.Deserialize<Entry>(line) is { } entry) _entries[entry.Tensor] = entry;
            }
            catch (JsonException)
            {
                break;
            }
        }
    }

    private sealed record Entry(int Tensor, string Sha256, double Error);
}
