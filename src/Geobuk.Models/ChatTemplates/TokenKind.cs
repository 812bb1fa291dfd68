namespace Geobuk.Models.ChatTemplates;

/// <summary>Kinds of pieces of a template.</summary>
internal enum TokenKind
{
    /// <summary>Text outside tags.</summary>
    Text,
    /// <summary>{{ and }}.</summary>
    OutputBegin,
    /// <summary>}}.</summary>
    OutputEnd,
    /// <summary>{%.</summary>
    BlockBegin,
    /// <summary>%}.</summary>
    BlockEnd,
    /// <summary>A name or keyword.</summary>
    Name,
    /// <summary>A quoted string, unescaped.</summary>
    String,
    /// <summary>A whole number.</summary>
    Integer,
    /// <summary>A number with a fraction or exponent.</summary>
    Float,
    /// <summary>An operator or bracket.</summary>
    Operator,
    /// <summary>The end of the template.</summary>
    End,
}
