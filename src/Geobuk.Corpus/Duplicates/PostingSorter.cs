using System.Runtime.InteropServices;

namespace Geobuk.Corpus.Duplicates;

/// <summary>
/// Sorts any number of postings in bounded memory: full buffers are sorted and go to the disk as runs, which are merged at the end.
/// The order is total, so the result does not depend on the order of arrival. The file goes with the object.
/// </summary>
internal sealed class PostingSorter : IDisposable
{
    private const int ReadAhead = 1 << 12;

    private readonly string _path;
    private readonly int _capacity;
    private readonly List<Posting> _buffer = [];
    private readonly List<(long Start, int Count)> _runs = [];
    private FileStream? _file;

    /// <param name="path">File for the runs; made only when they are needed.</param>
    /// <param name="capacity">Postings in memory; 16 bytes each.</param>
    public PostingSorter(string path, int capacity = 1 << 22)
    {
        (_path, _capacity) = (path, capacity);
    }

    /// <summary>Takes a posting.</summary>
    public void Add(Posting posting)
    {
        if (_buffer.Count == _capacity) Spill();
        _buffer.Add(posting);
    }

    /// <summary>All postings in order; ends the taking.</summary>
    public IEnumerable<Posting> Sorted()
    {
        if (_file is null)
        {
            _buffer.Sort();
            return _buffer;
        }
        if (_buffer.Count > 0) Spill();
        return Merged(_file);
    }

    /// <summary>The postings of every key that stands at two places or more.</summary>
    public IEnumerable<List<Posting>> Groups()
    {
        var group = new List<Posting>();
        foreach (var posting in Sorted())
        {
            if (group.Count > 0 && group[0].Key != posting.Key)
            {
                if (group.Count > 1) yield return group;
                group = [];
            }
            group.Add(posting);
        }
        if (group.Count > 1) yield return group;
    }

    public void Dispose() => _file?.Dispose();

    private void Spill()
    {
        _file ??= new FileStream(_path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        _buffer.Sort();
        _runs.Add((_file.Position, _buffer.Count));
        _file.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_buffer)));
        _buffer.Clear();
    }

    private IEnumerable<Posting> Merged(FileStream file)
    {
        var heads = new PriorityQueue<IEnumerator<Posting>, Posting>();
        foreach (var run in _runs.Select(run => Read(file, run).GetEnumerator()))
            if (run.MoveNext()) heads.Enqueue(run, run.Current);
        while (heads.TryDequeue(out var run, out var posting))
        {
            yield return posting;
            if (run.MoveNext()) heads.Enqueue(run, run.Current);
        }
    }

    private static IEnumerable<Posting> Read(FileStream file, (long Start, int Count) run)
    {
        var buffer = new Posting[ReadAhead];
        for (var read = 0; read < run.Count; read += ReadAhead)
        {
            var count = Math.Min(ReadAhead, run.Count - read);
            Fill(file, run.Start + (long)read * Marshal.SizeOf<Posting>(), buffer.AsSpan(0, count));
            for (var i = 0; i < count; i++) yield return buffer[i];
        }
    }

    private static void Fill(FileStream file, long position, Span<Posting> postings)
    {
        file.Position = position;
        file.ReadExactly(MemoryMarshal.AsBytes(postings));
    }
}
