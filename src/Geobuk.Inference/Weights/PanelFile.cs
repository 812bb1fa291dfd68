using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using System.Text;
using Geobuk.Inference.Kernels;
using Geobuk.Models.Checkpoints;

namespace Geobuk.Inference.Weights;

/// <summary>
/// The panels of a model in a file beside no one's data: in the user's cache, written once (whole or not at all) and mapped from
/// then on, so that several processes share its pages. Its name is a hash of what it was made of: every matrix' name, type, shape,
/// layout and bytes. The layout is one for all instruction sets. So that opening reads no gigabytes, a small file beside it notes
/// which hash a model file had by what is seen at once: its length and times, and the first and last 4 KB of each matrix. Where that is new
/// (a copy, a file that was touched or written to) all bytes are read again, and the panels are used if they are of the same.
/// </summary>
internal sealed unsafe class PanelFile : IDisposable
{
    /// <summary>Names another folder for the panel files.</summary>
    public const string Variable = "GEOBUK_PANELS";

    /// <summary>Changes when the layout does.</summary>
    private const string Version = "panels of 16 rows, 1", Note = ".made-of";
    private const int Sample = 4096, Piece = 1 << 26, KeyDigits = 32;
    private const long Spare = 1L << 30;
    private static readonly TimeSpan s_unused = TimeSpan.FromDays(30);

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private PanelFile(string path, long bytes, MemoryMappedFileAccess access)
    {
        Path = path;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, access);
        _view = _file.CreateViewAccessor(0, bytes, access);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Start = start;
        HugePages.Ask(start, bytes);
    }

    /// <summary>Address of the image.</summary>
    public byte* Start { get; }
    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The folder of panel files.</summary>
    public static string Folder => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
        ? named
        : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData) is { Length: > 0 } local ? local : System.IO.Path.GetTempPath(), "geobuk", "panels");

    /// <summary>Maps the panels of a model, which are written first where they are not there; null where the folder has no room for them.</summary>
    /// <param name="source">The model's file.</param>
    /// <param name="matrices">What the image is made of.</param>
    /// <param name="image">The image.</param>
    /// <param name="threads">Threads that lay out.</param>
    public static PanelFile? Open(string source, IEnumerable<WeightTensor> matrices, PanelImage image, int threads)
    {
        try
        {
            var tensors = matrices.ToList();
            var note = System.IO.Path.Combine(Folder, $"{System.IO.Path.GetFileNameWithoutExtension(source)}-{SeenKey(source, tensors)}{Note}");
            var content = Noted(note) ?? ContentKey(tensors, threads);
            var path = System.IO.Path.Combine(Folder, $"{content}.panels");
            if (!File.Exists(path) || new FileInfo(path).Length != image.Bytes) Write(path, image, threads);
            else Try(() => File.SetLastAccessTimeUtc(path, DateTime.UtcNow));
            Try(() => AtomicFile.WriteText(note, content));
            return new PanelFile(path, image.Bytes, MemoryMappedFileAccess.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private static void Write(string path, PanelImage image, int threads)
    {
        Directory.CreateDirectory(Folder);
        MakeRoom(image.Bytes + Spare);
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            // Allocated at once: a page of a mapped file that finds no room on the disk would end the process.
            using (new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, PreallocationSize = image.Bytes })) { }
            using (var stream = new FileStream(temporary, FileMode.Open, FileAccess.ReadWrite)) stream.SetLength(image.Bytes);
            using (var file = new PanelFile(temporary, image.Bytes, MemoryMappedFileAccess.ReadWrite))
            {
                image.Fill(file.Start, threads);
                file._view.Flush();
            }
            using (var stream = new FileStream(temporary, FileMode.Open, FileAccess.ReadWrite)) stream.Flush(flushToDisk: true);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Removes what nobody opened for a month, a killed process' remains too, and where that is not enough what was unused longest.</summary>
    /// <exception cref="IOException">There is no room all the same.</exception>
    private static void MakeRoom(long bytes)
    {
        var drive = new DriveInfo(Folder);
        var folder = new DirectoryInfo(Folder);
        foreach (var file in folder.EnumerateFiles("*.panels").Concat(folder.EnumerateFiles("*.panels.*.tmp")).Concat(folder.EnumerateFiles($"*{Note}")).Where(file => DateTime.UtcNow - file.LastAccessTimeUtc > s_unused)) Try(file.Delete);
        var files = new Queue<FileInfo>(folder.EnumerateFiles("*.panels").OrderBy(file => file.LastAccessTimeUtc));
        // Where all of them are not enough, none is removed. What another process has mapped keeps its space: then there is none to be had.
        if (drive.AvailableFreeSpace + files.Sum(file => file.Length) >= bytes)
            for (var before = -1L; files.Count > 0 && drive.AvailableFreeSpace is var free && free < bytes && free > before; before = free) Try(files.Dequeue().Delete);
        if (drive.AvailableFreeSpace < bytes) throw new IOException($"{Folder}: too little space for {bytes} bytes.");
    }

    /// <summary>What may fail: the folder can be only to be read, and some systems keep files that a process has mapped.</summary>
    private static void Try(Action change)
    {
        try
        {
            change();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static string? Noted(string note) =>
        File.Exists(note) && File.ReadAllText(note) is { Length: KeyDigits } content && content.All(char.IsAsciiHexDigitLower) ? content : null;

    /// <summary>What is seen of a model's file without reading it: on Linux when anything of it was changed, too, which nobody can set back.</summary>
    private static string SeenKey(string source, IEnumerable<WeightTensor> matrices)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var file = new FileInfo(source);
        Add(hash, $"{Version}\n{file.Length}\n{file.LastWriteTimeUtc.Ticks}\n{FileChange.Of(source)}\n");
        foreach (var tensor in matrices)
        {
            Add(hash, Described(tensor));
            var sample = (int)Math.Min(Sample, tensor.Bytes);
            hash.AppendData(new ReadOnlySpan<byte>(tensor.Data, sample));
            hash.AppendData(new ReadOnlySpan<byte>(tensor.Data + tensor.Bytes - sample, sample));
        }
        return Key(hash);
    }

    /// <summary>What decides about the panels: every byte of the matrices, and how they are laid out.</summary>
    private static string ContentKey(List<WeightTensor> matrices, int threads)
    {
        var hashes = new byte[matrices.Count][];
        Parallel.For(0, matrices.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, index =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var tensor = matrices[index];
            Add(hash, Described(tensor));
            for (var slice = 0; slice < tensor.Slices; slice++)
            {
                var bytes = tensor.SliceRows * tensor.RowBytes;
                for (var at = 0L; at < bytes; at += Piece) hash.AppendData(new ReadOnlySpan<byte>(tensor.Slice(slice) + at, (int)Math.Min(Piece, bytes - at)));
            }
            hashes[index] = hash.GetHashAndReset();
        });
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(all, Version);
        foreach (var hash in hashes) all.AppendData(hash);
        return Key(all);
    }

    private static string Described(WeightTensor tensor) => $"{tensor.Name} {tensor.Type} {string.Join('x', tensor.Shape)} {tensor.PanelLayout}\n";

    private static void Add(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));

    private static string Key(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetHashAndReset())[..KeyDigits];
}
