// The types of what a cell has, or is asked with, which its header need not know.
#pragma once

namespace greenroom {

class Actor;
struct ActorReport;
struct Backoff;
struct ChildOptions;
enum class Described;
struct MessageNote;
struct Supervision;
template <class T>
class TaskGroup;

}  // namespace greenroom

namespace greenroom::detail {

struct AskBase;
class BoundedMailbox;
struct CellFields;
class ClassCounters;
struct DownMessage;
struct Extras;
struct Family;
class Maker;
struct Named;
struct NameWatch;
struct OverloadWatch;
class MessageTrace;
class Notebook;
struct Restarter;
struct RoundStep;
class SystemCore;

}  // namespace greenroom::detail
