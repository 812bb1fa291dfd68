using System.IO.MemoryMappedFiles;
using System.Text;
using System.Text.Json;
using Geobuk.Models;
using Geobuk.Training.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Distillation;

/// <summary>
/// A teacher's k most probable next tokens for every token of a corpus' training shards: one line of JSON, then per token k ids
/// (int32) and k log-probabilities (half precision), 6 k bytes: 768 bytes for k = 128.
/// </summary>
public sealed unsafe class TeacherStore : IDisposable
{
    /// <summary>The file's name in the artifact.</summary>
    public const string FileName = "teacher.topk";

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _records;

    private TeacherStore(string path, TeacherStoreHeader header, long start)
    {
        Header = header;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* first = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref first);
        _records = first + _view.PointerOffset + start;
    }

    /// <summary>What it holds.</summary>
    public TeacherStoreHeader Header { get; }

    /// <summary>Maps the store of a teach artifact.</summary>
    /// <exception cref="UserInputException">It is damaged or another corpus'.</exception>
    public static TeacherStore Open(string folder, string corpusDigest)
    {
        var path = Path.Combine(folder, FileName);
        using var stream = File.OpenRead(path);
        var line = new List<byte>();
        for (int value; (value = stream.ReadByte()) is >= 0 and not '\n';) line.Add((byte)value);
        var header = JsonSerializer.Deserialize<TeacherStoreHeader>(Encoding.UTF8.GetString([.. line]))!;
        if (stream.Length != line.Count + 1 + header.Tokens * header.RecordBytes)
            throw new UserInputException($"{path}: {stream.Length} bytes; expected {line.Count + 1 + header.Tokens * header.RecordBytes} for {header.Tokens} tokens. Delete the folder and run again.");
        if (header.Corpus != corpusDigest)
            throw new UserInputException($"{path}: made for the corpus {header.Corpus}; expected {corpusDigest}. Run again without the folder.");
        return new TeacherStore(path, header, line.Count + 1);
    }

    /// <summary>Ids int64 and log-probabilities float32 [predictions, k] for the predictions of a batch; the caller disposes them.</summary>
    public (Tensor Ids, Tensor Logs) Answers(PackedBatch batch)
    {
        var k = Header.TopK;
        var (ids, logs) = (new long[batch.PredictionCount * k], new float[batch.PredictionCount * k]);
        for (var i = 0; i < batch.Places.Count; i++)
        {
            var (row, at) = batch.Places[i];
            var record = _records + batch.Rows[row].Origins![at] * Header.RecordBytes;
            for (var j = 0; j < k; j++) (ids[i * k + j], logs[i * k + j]) = (((int*)record)[j], (float)((Half*)(record + 4 * k))[j]);
        }
        return (tensor(ids, [batch.PredictionCount, k], device: batch.Sources.device), tensor(logs, [batch.PredictionCount, k], device: batch.Sources.device));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
