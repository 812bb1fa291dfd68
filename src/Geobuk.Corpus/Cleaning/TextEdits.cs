using System.Text;

namespace Geobuk.Corpus.Cleaning;

/// <summary>Edits of one text, applied together; where two meet, the cut wins over the replacement, whole.</summary>
internal sealed class TextEdits
{
    private readonly List<TextEdit> _edits = [];

    public TextEdits(IEnumerable<TextEdit> edits)
    {
        foreach (var edit in edits.OrderBy(edit => edit.Start).ThenByDescending(edit => edit.Length))
        {
            if (_edits.Count > 0 && _edits[^1] is var last && edit.Start < last.End)
            {
                var start = last.Start;
                _edits[^1] = new TextEdit(start, Math.Max(last.End, edit.End) - start, last.Replacement.Length == 0 || edit.Replacement.Length == 0 ? "" : last.Replacement);
            }
            else _edits.Add(edit);
        }
    }

    /// <summary>The edited text.</summary>
    public string Apply(string text)
    {
        if (_edits.Count == 0) return text;
        var edited = new StringBuilder(text.Length);
        var end = 0;
        foreach (var edit in _edits)
        {
            edited.Append(text, end, edit.Start - end).Append(edit.Replacement);
            end = edit.End;
        }
        return edited.Append(text, end, text.Length - end).ToString();
    }

    /// <summary>Where a place of the text lies in the edited one.</summary>
    public int Map(int place)
    {
        var shift = 0;
        foreach (var edit in _edits.TakeWhile(edit => edit.Start < place))
        {
            if (place < edit.End) return edit.Start + shift;
            shift += edit.Replacement.Length - edit.Length;
        }
        return place + shift;
    }
}
